// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * What an image adds to dWeight, a group as a piece: {@code dWeight += patches^T dy}. Each element
 * is one chain over the pixels of the images.
 */
final class MatrixGradient implements GroupedWay.Gradient {
  /** Pixels of a product, at most: what its tiles read again and again stays in the L1 cache. */
  private static final int PIXELS = 112;

  private final Conv2dShape shape;
  private final GroupPatches patches;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();

  MatrixGradient(Conv2dShape shape) {
    this.shape = shape;
    patches = new GroupPatches(shape);
  }

  @Override
  public int pieces() {
    return shape.groups();
  }

  @Override
  public int floats() {
    return patches.floats;
  }

  @Override
  public void add(
      int from,
      int to,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dw,
      int dwOff,
      float[] memory,
      int own) {
    int width = shape.grid().outputW();
    int all = shape.outChannels();
    int channels = all / shape.groups();
    for (int group = from; group < to; group++) {
      int at = dwOff + group * channels;
      for (int row = 0; row < shape.grid().outputH(); row += patches.rows) {
        int end = Math.min(row + patches.rows, shape.grid().outputH());
        patches.write(group, row, end, x, xOff, memory, own);
        int first = patches.view ? patches.viewAt(group, row, xOff) : own;
        int pixels = (end - row) * width;
        for (int p = 0; p < pixels; p += PIXELS) {
          matrix.gemm(
              shape.patchSize(),
              channels,
              Math.min(PIXELS, pixels - p),
              patches.view ? x : memory,
              first + p * patches.rowStride,
              1,
              patches.rowStride,
              dy,
              dyOff + (row * width + p) * all + group * channels,
              all,
              dw,
              at,
              all,
              dw,
              at,
              all);
        }
      }
    }
  }
}
