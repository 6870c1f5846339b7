// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.shape;

import dev.lanewise.engine.check.Check;

/**
 * A {@link Window} laid over an input: output (oy, ox) sees the input at rows {@code oy * strideH -
 * padTop + ky * dilationH} and columns {@code ox * strideW - padLeft + kx * dilationW}. Made by
 * {@link #of}.
 *
 * @param window the window
 * @param inputH rows of the input
 * @param inputW columns of the input
 * @param padTop rows of padding above
 * @param padLeft columns of padding on the left
 * @param paddedH rows of the input with padding
 * @param paddedW columns of the input with padding
 * @param outputH rows of the output
 * @param outputW columns of the output
 */
public record WindowGrid(
    Window window,
    int inputH,
    int inputW,
    int padTop,
    int padLeft,
    int paddedH,
    int paddedW,
    int outputH,
    int outputW) {
  /**
   * Checks that the numbers belong together.
   *
   * @throws IllegalArgumentException if the input does not lie within its padding, or the outputs
   *     are not those of the window over the padded input
   */
  public WindowGrid {
    Check.positive("input height", inputH);
    Check.positive("input width", inputW);
    Check.notNegative("padTop", padTop);
    Check.notNegative("padLeft", padLeft);
    Check.intProduct("padded input", paddedH, paddedW);
    int rows = outputs(paddedH, window.kernelH(), window.strideH(), window.dilationH());
    int columns = outputs(paddedW, window.kernelW(), window.strideW(), window.dilationW());
    if ((long) padTop + inputH > paddedH || (long) padLeft + inputW > paddedW) {
      throw new IllegalArgumentException(
          "an input of "
              + inputH
              + "x"
              + inputW
              + " from ("
              + padTop
              + ", "
              + padLeft
              + ") does not lie within "
              + paddedH
              + "x"
              + paddedW);
    }
    if (rows < 1 || columns < 1 || outputH != rows || outputW != columns) {
      throw new IllegalArgumentException(
          window
              + " over "
              + paddedH
              + "x"
              + paddedW
              + " has "
              + rows
              + "x"
              + columns
              + " outputs, not "
              + outputH
              + "x"
              + outputW);
    }
  }

  /**
   * Lays a window over an input.
   *
   * @param window the window
   * @param inputH rows of the input
   * @param inputW columns of the input
   * @return where the windows lie
   * @throws IllegalArgumentException if the window, padding included, is larger than the input
   */
  public static WindowGrid of(Window window, int inputH, int inputW) {
    Check.positive("input height", inputH);
    Check.positive("input width", inputW);
    long reachH = (long) window.dilationH() * (window.kernelH() - 1) + 1;
    long reachW = (long) window.dilationW() * (window.kernelW() - 1) + 1;
    long top = window.padTop();
    long bottom = window.padBottom();
    long left = window.padLeft();
    long right = window.padRight();
    if (window.same()) {
      long totalH =
          Math.max(
              0, (long) ((inputH - 1) / window.strideH()) * window.strideH() + reachH - inputH);
      long totalW =
          Math.max(
              0, (long) ((inputW - 1) / window.strideW()) * window.strideW() + reachW - inputW);
      top = totalH / 2;
      bottom = totalH - top;
      left = totalW / 2;
      right = totalW - left;
    }
    long paddedH = top + inputH + bottom;
    long paddedW = left + inputW + right;
    if (paddedH < reachH || paddedW < reachW) {
      throw new IllegalArgumentException(
          "a window of "
              + reachH
              + "x"
              + reachW
              + " does not fit into an input of "
              + paddedH
              + "x"
              + paddedW
              + " (padding included): at most "
              + Math.min(reachH, paddedH)
              + "x"
              + Math.min(reachW, paddedW)
              + " would");
    }
    Check.intProduct("padded input", paddedH, paddedW);
    return new WindowGrid(
        window,
        inputH,
        inputW,
        (int) top,
        (int) left,
        (int) paddedH,
        (int) paddedW,
        (int) ((paddedH - reachH) / window.strideH() + 1),
        (int) ((paddedW - reachW) / window.strideW() + 1));
  }

  /** How many windows fit into a padded row or column; 0 if none does. */
  private static int outputs(int padded, int kernel, int stride, int dilation) {
    long last = padded - ((long) dilation * (kernel - 1) + 1);
    return last < 0 ? 0 : (int) (last / stride) + 1;
  }

  /**
   * Pixels of the input.
   *
   * @return {@code inputH * inputW}
   */
  public int inputPixels() {
    return inputH * inputW;
  }

  /**
   * Pixels of the output.
   *
   * @return {@code outputH * outputW}
   */
  public int outputPixels() {
    return outputH * outputW;
  }

  /**
   * Whether the input has any padding.
   *
   * @return true where the padded input is larger than the input
   */
  public boolean padded() {
    return paddedH != inputH || paddedW != inputW;
  }

  /**
   * The window's first row alone, over every row of the padded input.
   *
   * @return the grid of that row
   */
  public WindowGrid kernelRow() {
    return of(
        new Window(
            1,
            window.kernelW(),
            1,
            window.strideW(),
            1,
            window.dilationW(),
            false,
            padTop,
            paddedH - inputH - padTop,
            padLeft,
            paddedW - inputW - padLeft),
        inputH,
        inputW);
  }
}
