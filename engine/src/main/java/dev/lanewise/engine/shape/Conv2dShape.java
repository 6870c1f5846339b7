// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.shape;

import dev.lanewise.engine.check.Check;

/**
 * The shapes of a convolution: input {@code [N, H, W, C]}, weight {@code [KH, KW, C/G, OC]}, output
 * {@code [N, OH, OW, OC]}. With G groups, the channels of the input and of the output are cut into
 * G groups of neighbours, and an output channel sees the input channels of its group alone.
 *
 * @param grid the window over the input
 * @param inChannels C
 * @param outChannels OC
 * @param groups G
 */
public record Conv2dShape(WindowGrid grid, int inChannels, int outChannels, int groups) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a number is not positive, the groups do not divide the
   *     channels, or an image or the weights have more than 2^31 - 1 elements
   */
  public Conv2dShape {
    Check.positive("inChannels", inChannels);
    Check.positive("outChannels", outChannels);
    Check.positive("groups", groups);
    if (inChannels % groups != 0 || outChannels % groups != 0) {
      throw new IllegalArgumentException(
          groups
              + " groups must divide the channels of the input and of the output, but those are "
              + inChannels
              + " and "
              + outChannels);
    }
    Window w = grid.window();
    Check.intProduct("padded image", grid.paddedH(), grid.paddedW(), inChannels);
    Check.intProduct("output image", grid.outputH(), grid.outputW(), outChannels);
    Check.intProduct("weight", w.kernelH(), w.kernelW(), inChannels / groups, outChannels);
  }

  /**
   * A convolution of one group: every output channel sees every input channel.
   *
   * @param grid the window over the input
   * @param inChannels C
   * @param outChannels OC
   * @throws IllegalArgumentException if a channel count is not positive, or an image or the weights
   *     have more than 2^31 - 1 elements
   */
  public Conv2dShape(WindowGrid grid, int inChannels, int outChannels) {
    this(grid, inChannels, outChannels, 1);
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
   * Elements under the window that an output channel sees: the length of a row of the im2col
   * matrix.
   *
   * @return KH * KW * C / G
   */
  public int patchSize() {
    return grid.window().kernelH() * grid.window().kernelW() * inChannels / groups;
  }

  /**
   * Elements of the weight.
   *
   * @return KH * KW * C / G * OC
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
