package dev.lanewise.engine;

/**
 * A {@link Window} laid over an input: output (oy, ox) sees the input at rows {@code oy * strideH -
 * padTop + ky * dilationH} and columns {@code ox * strideW - padLeft + kx * dilationW}. Made by
 * {@link Window#over}.
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
}
