// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.Arrays;

/**
 * Backward weights of a convolution with groups: the images of a part of the batch ({@link
 * BatchParts}) are added up in order, and then the parts. {@link #run} takes all images: a part in
 * a task if the parts occupy the team, else a piece of the weights of a part. Or slices bring the
 * images ({@link #add}) between {@link #begin} and {@link #end}, those of a part one after the
 * other.
 *
 * <p>Each part has dWeight and dBias in a stretch of the work space, or, for slices, in memory that
 * is kept. Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class GroupedGradient {
  private final Conv2dShape shape;
  private final GroupedWay.Gradient way;
  private final Workspace workspace;
  private final int partFloats;
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final WorkerTeam.Task part = this::part;
  private final WorkerTeam.Task piece = this::piece;
  private int kept = -1; // where the parts begin if they are kept

  // The running call.
  private int batch;
  private int parts;
  private Floats x;
  private Floats dy;

  GroupedGradient(Conv2dShape shape, GroupedWay.Gradient way, Workspace workspace) {
    this.shape = shape;
    this.way = way;
    this.workspace = workspace;
    partFloats = Check.intSum("weight", shape.weightSize(), shape.outChannels());
    workspace.reserve(way.floats(), 0);
    workspace.reserveParts(BatchParts.COUNT, partFloats);
  }

  /** Lets the parts outlive what other operations do in the workspace between begin and end. */
  void keep() {
    if (kept < 0) {
      kept = workspace.persistent((long) BatchParts.COUNT * partFloats);
    }
  }

  private int base(int part) {
    return kept < 0 ? workspace.part(part) : kept + part * partFloats;
  }

  /** Begins the gradients of a batch. */
  void begin(int batch) {
    this.batch = batch;
    parts = Math.min(BatchParts.COUNT, batch);
    for (int part = 0; part < parts; part++) {
      Arrays.fill(workspace.memory(), base(part), base(part) + partFloats, 0f);
    }
  }

  void run(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias) {
    begin(batch);
    this.x = x;
    this.dy = dy;
    if (BatchParts.occupy(parts, workspace.team())) {
      workspace.team().run(parts, part);
    } else {
      workspace.team().run(parts * way.pieces(), piece);
    }
    if (dBias != null) {
      for (int part = 0; part < parts; part++) {
        int from = first(part);
        sumDy(part, first(part + 1) - from, dy, dy.offset + from * shape.outputSize());
      }
    }
    this.x = null;
    this.dy = null;
    end(dWeight, dBias);
  }

  /**
   * Takes images of the batch into the sums.
   *
   * @param first the first of them
   * @param images how many
   * @param slice scratch memory
   */
  void add(int first, int images, Floats x, Floats dy, Workspace slice) {
    slice.reserve(way.floats(), 0);
    for (int i = 0; i < images; i++) {
      int part = part(first + i);
      int xAt = x.offset + i * shape.inputSize();
      int dyAt = dy.offset + i * shape.outputSize();
      way.add(
          0,
          way.pieces(),
          x.data,
          xAt,
          dy.data,
          dyAt,
          workspace.memory(),
          base(part),
          slice.memory(),
          slice.perWorker(0));
      sumDy(part, 1, dy, dyAt);
    }
  }

  /** Adds the gradients of the batch to dWeight and dBias. */
  void end(Floats dWeight, Floats dBias) {
    float[] memory = workspace.memory();
    int size = shape.weightSize();
    for (int part = 0; part < parts; part++) {
      elements.axpy(size, 1f, memory, base(part), dWeight.data, dWeight.offset);
      if (dBias != null) {
        int from = base(part) + size;
        elements.axpy(shape.outChannels(), 1f, memory, from, dBias.data, dBias.offset);
      }
    }
  }

  /** The first image of a part. */
  private int first(int part) {
    return batch * part / parts;
  }

  /** The part that an image is of. */
  private int part(int image) {
    int part = 0;
    while (image >= first(part + 1)) {
      part++;
    }
    return part;
  }

  private void part(int part, int worker) {
    images(part, 0, way.pieces(), worker);
  }

  private void piece(int task, int worker) {
    int piece = task % way.pieces();
    images(task / way.pieces(), piece, piece + 1, worker);
  }

  private void images(int part, int from, int to, int worker) {
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    for (int i = first(part); i < first(part + 1); i++) {
      int xAt = x.offset + i * shape.inputSize();
      int dyAt = dy.offset + i * shape.outputSize();
      way.add(from, to, x.data, xAt, dy.data, dyAt, memory, base(part), memory, own);
    }
  }

  /** Carries on the sums of dBias of a part. */
  private void sumDy(int part, int images, Floats dy, int dyAt) {
    int pixels = images * shape.grid().outputPixels();
    int at = base(part) + shape.weightSize();
    elements.addColumnSums(pixels, shape.outChannels(), dy.data, dyAt, workspace.memory(), at);
  }
}
