package dev.lanewise.engine.shape;

import dev.lanewise.engine.check.Check;

/**
 * The shapes of a convolution: input {@code [N, H, W, C]}, weight {@code [KH, KW, C, OC]}, output
 * {@code [N, OH, OW, OC]}.
 *
 * @param grid the window over the input
 * @param inChannels C
 * @param outChannels OC
 */
public record Conv2dShape(WindowGrid grid, int inChannels, int outChannels) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a channel count is not positive, or an image or the weights
   *     have more than 2^31 - 1 elements
   */
  public Conv2dShape {
    Check.positive("inChannels", inChannels);
    Check.positive("outChannels", outChannels);
    Window w = grid.window();
    Check.intProduct("padded image", grid.paddedH(), grid.paddedW(), inChannels);
    Check.intProduct("output image", grid.outputH(), grid.outputW(), outChannels);
    Check.intProduct("weight", w.kernelH(), w.kernelW(), inChannels, outChannels);
  }

  /**
   * Elements of one input image.
   *
   * @return H * W * C
   */
  public int inputSize() {
    return grid.inputPixels() * inChannels;
  }

  /**
   * Elements of one output image.
   *
   * @return OH * OW * OC
   */
  public int outputSize() {
    return grid.outputPixels() * outChannels;
  }

  /**
   * Elements under the window: the length of a row of the im2col matrix.
   *
   * @return KH * KW * C
   */
  public int patchSize() {
    return grid.window().kernelH() * grid.window().kernelW() * inChannels;
  }

  /**
   * Elements of the weight.
   *
   * @return KH * KW * C * OC
   */
  public int weightSize() {
    return patchSize() * outChannels;
  }

  /**
   * The cost of one direct pass over one image, a multiplication and an addition counted as two.
   *
   * @return floating-point operations
   */
  public long flops() {
    return 2L * grid.outputPixels() * weightSize();
  }
}
