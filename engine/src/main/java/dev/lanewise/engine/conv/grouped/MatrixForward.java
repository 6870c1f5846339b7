// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.function.Supplier;

/** A band of y, group by group: {@code y = patches weight + bias}. */
final class MatrixForward implements GroupedWay.Band {
  /** Terms of a product at a time, so that a block of the weights stays in the cache. */
  private static final int TERMS = 352;

  private final Conv2dShape shape;
  private final Supplier<Floats> weight; // [KH, KW, C/G, OC]
  private final GroupPatches patches;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();

  MatrixForward(Conv2dShape shape, Supplier<Floats> weight) {
    this.shape = shape;
    this.weight = weight;
    patches = new GroupPatches(shape);
  }

  @Override
  public int unit() {
    return 1;
  }

  @Override
  public int units() {
    return patches.rows;
  }

  @Override
  public int floats() {
    return patches.floats;
  }

  @Override
  public void compute(
      int first,
      int count,
      float[] x,
      int xOff,
      Floats bias,
      float[] y,
      int yOff,
      float[] memory,
      int own) {
    Floats w = weight.get();
    int patch = shape.patchSize();
    int all = shape.outChannels();
    int channels = all / shape.groups();
    for (int group = 0; group < shape.groups(); group++) {
      patches.write(group, first, first + count, x, xOff, memory, own);
      int out = yOff + first * shape.grid().outputW() * all + group * channels;
      for (int p = 0; p < patch; p += TERMS) {
        boolean start = p == 0;
        matrix.gemm(
            count * shape.grid().outputW(),
            channels,
            Math.min(TERMS, patch - p),
            patches.view ? x : memory,
            (patches.view ? patches.viewAt(group, first, xOff) : own) + p,
            patches.rowStride,
            1,
            w.data,
            w.offset + p * all + group * channels,
            all,
            start ? (bias == null ? null : bias.data) : y,
            start ? (bias == null ? 0 : bias.offset + group * channels) : out,
            start ? 0 : all,
            y,
            out,
            all);
      }
    }
  }
}
