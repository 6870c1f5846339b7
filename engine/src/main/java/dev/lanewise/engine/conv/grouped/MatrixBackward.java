// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.direct.Patches;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * dx of an image for any stride, group by group: {@code dColumns = dy weight^T}, which col2im adds
 * to dx. Windows overlap, so an image is a single unit.
 */
final class MatrixBackward implements GroupedWay.Band {
  /** 256 KiB of dColumns, part of an L2 cache. */
  private static final int FLOATS = 64 * 1024;

  private final Conv2dShape shape;
  private final Supplier<Floats> transposed; // [OC, KH * KW * C/G]
  private final int bandRows;
  private final int floats;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();

  MatrixBackward(Conv2dShape shape, Supplier<Floats> transposed) {
    this.shape = shape;
    this.transposed = transposed;
    long rowFloats = (long) shape.grid().outputW() * shape.patchSize();
    bandRows = Math.clamp(FLOATS / rowFloats, 1, shape.grid().outputH());
    floats = Check.intProduct("im2col band", bandRows, rowFloats);
  }

  @Override
  public int unit() {
    return shape.grid().inputH();
  }

  @Override
  public int units() {
    return 1;
  }

  @Override
  public int floats() {
    return floats;
  }

  @Override
  public void compute(
      int first,
      int count,
      float[] dy,
      int dyOff,
      Floats bias,
      float[] dx,
      int dxOff,
      float[] memory,
      int own) {
    Floats w = transposed.get();
    WindowGrid grid = shape.grid();
    int patch = shape.patchSize();
    int in = shape.inChannels();
    int out = shape.outChannels();
    int perGroup = out / shape.groups();
    Arrays.fill(dx, dxOff, dxOff + shape.inputSize(), 0f);
    for (int group = 0; group < shape.groups(); group++) {
      for (int from = 0; from < grid.outputH(); from += bandRows) {
        int to = Math.min(from + bandRows, grid.outputH());
        matrix.gemm(
            (to - from) * grid.outputW(),
            patch,
            perGroup,
            dy,
            dyOff + from * grid.outputW() * out + group * perGroup,
            out,
            1,
            w.data,
            w.offset + group * perGroup * patch,
            patch,
            null,
            0,
            0,
            memory,
            own,
            patch);
        int channels = in / shape.groups();
        int at = dxOff + group * channels;
        Patches.scatter(grid, channels, in, from, to, memory, own, dx, at);
      }
    }
  }
}
