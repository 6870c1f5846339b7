// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * Backward data for any stride: {@code dColumns = dy * weight^T} gives the gradient of the im2col
 * matrix, and col2im adds it to dx. An image is the work of one task, a band of output rows at a
 * time. A worker's scratch memory: its band. Not thread-safe; arguments are checked by {@code
 * Convolution}.
 */
final class DataGradient {
  /** Floats of a band of the im2col matrix: 256 KiB, to stay in the L2 cache. */
  private static final int BAND_FLOATS = 64 * 1024;

  private final Conv2dShape shape;
  private final WindowGrid grid;
  private final Workspace workspace;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final int bandRows;
  private final float[] transposed; // weight as [OC, KH * KW * C]
  private final WorkerTeam.Task image = this::image;

  // The running call.
  private float[] dy;
  private int dyOff;
  private float[] dx;
  private int dxOff;
  private float[] gate;
  private int gateOff;

  DataGradient(Conv2dShape shape, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    grid = shape.grid();
    long rowFloats = (long) grid.outputW() * shape.patchSize();
    bandRows = (int) Math.max(1, Math.min(grid.outputH(), BAND_FLOATS / rowFloats));
    transposed = new float[shape.weightSize()];
    workspace.reserve(Check.intProduct("im2col band", bandRows, rowFloats), 0);
  }

  void run(int batch, Floats dy, Floats weight, Floats dx, Floats gate) {
    this.dy = dy.data;
    dyOff = dy.offset;
    this.dx = dx.data;
    dxOff = dx.offset;
    this.gate = gate == null ? null : gate.data;
    gateOff = gate == null ? 0 : gate.offset;
    int patch = shape.patchSize();
    int outChannels = shape.outChannels();
    matrix.transpose(
        patch, outChannels, weight.data, weight.offset, outChannels, transposed, 0, patch);
    workspace.team().run(batch, image);
    this.dy = null;
    this.dx = null;
    this.gate = null;
  }

  private void image(int image, int worker) {
    int patch = shape.patchSize();
    int outChannels = shape.outChannels();
    float[] columns = workspace.memory();
    int columnsOff = workspace.perWorker(worker);
    int inAt = dyOff + image * shape.outputSize();
    int outAt = dxOff + image * shape.inputSize();
    Arrays.fill(dx, outAt, outAt + shape.inputSize(), 0f);
    for (int from = 0; from < grid.outputH(); from += bandRows) {
      int to = Math.min(from + bandRows, grid.outputH());
      matrix.gemm(
          (to - from) * grid.outputW(),
          patch,
          outChannels,
          dy,
          inAt + from * grid.outputW() * outChannels,
          outChannels,
          1,
          transposed,
          0,
          patch,
          null,
          0,
          0,
          columns,
          columnsOff,
          patch);
      Patches.scatter(grid, shape.inChannels(), from, to, columns, columnsOff, dx, outAt);
    }
    if (gate != null) {
      int gateAt = gateOff + image * shape.inputSize();
      elements.zeroWhereNotPositive(shape.inputSize(), gate, gateAt, dx, outAt, dx, outAt);
    }
  }
}
