// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.shape.WindowGrid;

/** Max-pooling of one image, on one thread. See {@link Kernels} for what holds for all kernels. */
public interface PoolKernels {
  /** Stands in argmax where no pixel gets the gradient. */
  int NO_PIXEL = -1;

  /**
   * Max-pools one image. The window takes its pixels in row-major order, padding left out, and
   * keeps the first of equal values; a NaN wins, the last one of several.
   *
   * @param grid where the windows lie; every window holds at least one pixel of the image
   * @param channels C
   * @param x {@code [H, W, C]}
   * @param xOff its first element
   * @param y {@code [OH, OW, C]}
   * @param yOff its first element
   * @param argmax {@code [OH, OW, C]}: the pixel {@code iy * W + ix} that y was taken from
   * @param argmaxOff its first element
   */
  void maxPool(
      WindowGrid grid,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff);

  /**
   * The rectifier behind a pooling: where {@code y[i] <= 0}, {@code y[i] = 0} and {@code argmax[i]
   * =} {@link #NO_PIXEL}.
   *
   * @param n elements
   * @param y what {@link #maxPool} gave
   * @param yOff its first element
   * @param argmax likewise
   * @param argmaxOff its first element
   */
  void rectifyPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff);

  /**
   * The gradient of {@link #maxPool} for one image: zeros, to which each dy is added at its argmax,
   * outputs in row-major order; where that is {@link #NO_PIXEL}, it is added nowhere.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param dy {@code [OH, OW, C]}
   * @param dyOff its first element
   * @param argmax {@code [OH, OW, C]}
   * @param argmaxOff its first element
   * @param dx {@code [H, W, C]}, overwritten
   * @param dxOff its first element
   */
  void maxPoolBackward(
      WindowGrid grid,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff);
}
