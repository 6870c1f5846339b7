// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.shape;

import dev.lanewise.engine.check.Check;

/**
 * The window of a convolution or a pooling and how it moves. Start from {@link #same} or {@link
 * #valid} and adjust: {@code Window.valid(3, 5).stride(2).dilation(1, 2)}.
 *
 * @param kernelH rows of the window
 * @param kernelW columns of the window
 * @param strideH rows from one window to the next
 * @param strideW columns from one window to the next
 * @param dilationH distance between rows within the window
 * @param dilationW distance between columns within the window
 * @param same whether padding is derived from the input, so that the output has {@code ceil(input /
 *     stride)} rows and columns; an odd total has its larger half below and on the right
 * @param padTop rows of zeros above the input; 0 with {@code same}
 * @param padBottom rows of zeros below the input; 0 with {@code same}
 * @param padLeft columns of zeros left of the input; 0 with {@code same}
 * @param padRight columns of zeros right of the input; 0 with {@code same}
 */
public record Window(
    int kernelH,
    int kernelW,
    int strideH,
    int strideW,
    int dilationH,
    int dilationW,
    boolean same,
    int padTop,
    int padBottom,
    int padLeft,
    int padRight) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if kernel, stride or dilation are not positive, or padding is
   *     negative or given together with {@code same}
   */
  public Window {
    Check.positive("kernelH", kernelH);
    Check.positive("kernelW", kernelW);
    Check.positive("strideH", strideH);
    Check.positive("strideW", strideW);
    Check.positive("dilationH", dilationH);
    Check.positive("dilationW", dilationW);
    Check.notNegative("padTop", padTop);
    Check.notNegative("padBottom", padBottom);
    Check.notNegative("padLeft", padLeft);
    Check.notNegative("padRight", padRight);
    Check.intProduct("window", kernelH, kernelW);
    if (same && (padTop | padBottom | padLeft | padRight) != 0) {
      throw new IllegalArgumentException("same padding is derived, not given");
    }
  }

  /**
   * A window whose output is as large as its input, divided by the stride.
   *
   * @param kernelH rows
   * @param kernelW columns
   * @return stride 1, dilation 1
   */
  public static Window same(int kernelH, int kernelW) {
    return new Window(kernelH, kernelW, 1, 1, 1, 1, true, 0, 0, 0, 0);
  }

  /**
   * A square window whose output is as large as its input, divided by the stride.
   *
   * @param kernel rows and columns
   * @return stride 1, dilation 1
   */
  public static Window same(int kernel) {
    return same(kernel, kernel);
  }

  /**
   * A window that stays within the input.
   *
   * @param kernelH rows
   * @param kernelW columns
   * @return stride 1, dilation 1, no padding
   */
  public static Window valid(int kernelH, int kernelW) {
    return new Window(kernelH, kernelW, 1, 1, 1, 1, false, 0, 0, 0, 0);
  }

  /**
   * A square window that stays within the input.
   *
   * @param kernel rows and columns
   * @return stride 1, dilation 1, no padding
   */
  public static Window valid(int kernel) {
    return valid(kernel, kernel);
  }

  /**
   * The same window with another stride.
   *
   * @param strideH rows
   * @param strideW columns
   * @return a new window
   */
  public Window stride(int strideH, int strideW) {
    return new Window(
        kernelH, kernelW, strideH, strideW, dilationH, dilationW, same, padTop, padBottom, padLeft,
        padRight);
  }

  /**
   * The same window with another stride.
   *
   * @param stride rows and columns
   * @return a new window
   */
  public Window stride(int stride) {
    return stride(stride, stride);
  }

  /**
   * The same window with another dilation.
   *
   * @param dilationH rows
   * @param dilationW columns
   * @return a new window
   */
  public Window dilation(int dilationH, int dilationW) {
    return new Window(
        kernelH, kernelW, strideH, strideW, dilationH, dilationW, same, padTop, padBottom, padLeft,
        padRight);
  }

  /**
   * The same window with explicit zero padding.
   *
   * @param top rows above
   * @param bottom rows below
   * @param left columns on the left
   * @param right columns on the right
   * @return a new window
   */
  public Window padding(int top, int bottom, int left, int right) {
    return new Window(
        kernelH, kernelW, strideH, strideW, dilationH, dilationW, false, top, bottom, left, right);
  }
}
