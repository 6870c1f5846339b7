// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.kernel.WinogradKernels;
import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * Backward weights as the exact adjoint of {@link WinogradForward}: with V {@code [36, tiles, C]}
 * the transformed input and dM {@code [36, tiles, OC]} the transformed dy, {@code dU = V^T dM} for
 * each of the 36 products, and dWeight is dU transformed back.
 *
 * <p>The batch is cut into {@link BatchParts#COUNT} parts, each with a dU of its own, in which
 * every element is one chain over the tiles in order; the parts are added at the end. A thread that
 * takes a whole part meets the images that it has had in the passes before, and memory that it has
 * used. Of each part some images at a time, a slab, are transformed; then come the products.
 *
 * <p>{@link #run} divides them among the team: a part in a task if the parts occupy the team, else
 * an image in a task, then a product in a task. Or slices bring the images ({@link #add}) between
 * {@link #begin} and {@link #end}: those of a part one after the other, the two parts at the same
 * time if they like.
 *
 * <p>A worker's scratch memory: dWeight of some pairs of channels, and the work space of the
 * transforms. Each part has V, dM, dU and dBias in a stretch of the work space, or, for slices, in
 * memory that is kept.
 *
 * <p>Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class WinogradWeightGradient {
  /** Floats of V and dM of a part that are kept at a time: 1 MiB, an L2 cache. */
  private static final int SLAB_FLOATS = 256 * 1024;

  /**
   * But at least this many tiles, or dU of many channels, which no cache holds, would be read and
   * written for the products of a few.
   */
  private static final int SLAB_TILES = 32;

  /** Where the work space begins in the memory of a worker, behind dWeight. */
  private static final int OFF_WORK = 9 * Winograd.RUN;

  private static final int PRODUCTS = Winograd.PRODUCTS;
  private static final int GAP = TaskScratch.GAP;

  private final Conv2dShape shape;
  private final int channels;
  private final int outChannels;
  private final Workspace workspace;
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final WinogradKernels winograd = BackendChoice.kernels().winograd();
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final WinogradTiles cut;
  private final int slabImages;
  private final int strideV;
  private final int strideM;
  private final int strideU;
  private final int offM; // in the memory of a part, behind V; likewise below
  private final int offU;
  private final int offBias;
  private final int partFloats;
  private int kept = -1; // where the parts begin if they are kept
  private final WorkerTeam.Task part = this::part;
  private final WorkerTeam.Task transform = this::transform;
  private final WorkerTeam.Task multiply = this::multiply;
  private final WorkerTeam.Task finish = this::finish;

  // The running call.
  private int batch;
  private int parts;
  private int slab; // its first image of each part
  private float[] x;
  private int xOff;
  private float[] dy;
  private int dyOff;
  private float[] dWeight;
  private int dWeightOff;

  WinogradWeightGradient(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    WindowGrid grid = shape.grid();
    cut = new WinogradTiles(grid);
    long imageFloats = (long) PRODUCTS * cut.perImage() * (channels + outChannels);
    long images = Math.max(SLAB_FLOATS / imageFloats, Math.ceilDiv(SLAB_TILES, cut.perImage()));
    slabImages = (int) Math.min(images, Math.ceilDiv(maxBatch, BatchParts.COUNT));
    int slabTiles = Check.intProduct("tiles", slabImages, cut.perImage());
    strideV = Check.intProduct("tiles", slabTiles, channels) + GAP;
    strideM = Check.intProduct("tiles", slabTiles, outChannels) + GAP;
    strideU = channels * outChannels + GAP;
    offM = Check.intProduct("tiles", PRODUCTS, strideV);
    offU = Check.intSum("tiles", offM, (long) PRODUCTS * strideM);
    offBias = Check.intSum("weights", offU, (long) PRODUCTS * strideU);
    partFloats = Check.intProduct("weights", 1, Padding.lines((long) offBias + outChannels));
    reserve(workspace);
    workspace.reserveParts(BatchParts.COUNT, partFloats);
  }

  private void reserve(Workspace workspace) {
    workspace.reserve(OFF_WORK + Winograd.WORK, 0);
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
  }

  void run(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias) {
    begin(batch);
    this.x = x.data;
    xOff = x.offset;
    this.dy = dy.data;
    dyOff = dy.offset;
    if (BatchParts.occupy(parts, workspace.team())) {
      workspace.team().run(parts, part);
    } else {
      int longest = batch == 0 ? 0 : Math.ceilDiv(batch, parts);
      for (slab = 0; slab < longest; slab += slabImages) {
        workspace.team().run(parts * slabImages, transform);
        workspace.team().run(parts * (PRODUCTS + 1), multiply);
      }
    }
    this.x = null;
    this.dy = null;
    end(dWeight, dBias);
  }

  /**
   * Takes the next images of the batch, or of its second part, into the sums.
   *
   * @param first the first of them
   * @param images how many
   * @param slice scratch memory
   */
  void add(int first, int images, Floats x, Floats dy, Workspace slice) {
    reserve(slice);
    add(first, images, x.data, x.offset, dy.data, dy.offset, slice.memory(), slice.perWorker(0));
  }

  private void part(int part, int worker) {
    int first = first(part);
    int images = first(part + 1) - first;
    int own = workspace.perWorker(worker);
    int xAt = xOff + first * shape.inputSize();
    int dyAt = dyOff + first * shape.outputSize();
    add(first, images, x, xAt, dy, dyAt, workspace.memory(), own);
  }

  private void add(
      int first, int images, float[] x, int xOff, float[] dy, int dyOff, float[] scratch, int own) {
    for (int i = 0; i < images; i++) {
      int part = parts > 1 && first + i >= first(1) ? 1 : 0;
      int index = first + i - first(part);
      int slab = index - index % slabImages;
      int dyAt = dyOff + i * shape.outputSize();
      transform(part, slab, index, x, xOff + i * shape.inputSize(), dy, dyAt, scratch, own);
      sumDy(part, index, 1, dy, dyAt);
      if (index + 1 == slab + images(part, slab)) {
        for (int product = 0; product < PRODUCTS; product++) {
          multiply(part, slab, product);
        }
      }
    }
  }

  /** Adds the gradients of the batch to dWeight and dBias. */
  void end(Floats dWeight, Floats dBias) {
    if (batch == 0) {
      return; // dU would be that of the batch before
    }
    this.dWeight = dWeight.data;
    dWeightOff = dWeight.offset;
    workspace.team().run(channels * outChannels / Winograd.RUN, finish);
    for (int part = 0; part < parts && dBias != null; part++) {
      int from = base(part) + offBias;
      elements.axpy(outChannels, 1f, workspace.memory(), from, dBias.data, dBias.offset);
    }
    this.dWeight = null;
  }

  /** The first image of a part. */
  private int first(int part) {
    return batch * part / parts;
  }

  /** How many images of a part are in the slab that begins with one of them. */
  private int images(int part, int slab) {
    return Math.clamp(first(part + 1) - first(part) - slab, 0, slabImages);
  }

  private void transform(int task, int worker) {
    int part = task / slabImages;
    int index = slab + task % slabImages;
    if (index >= slab + images(part, slab)) {
      return;
    }
    int image = first(part) + index;
    transform(
        part,
        slab,
        index,
        x,
        xOff + image * shape.inputSize(),
        dy,
        dyOff + image * shape.outputSize(),
        workspace.memory(),
        workspace.perWorker(worker));
  }

  /** V and dM of one image of a part, with scratch memory. */
  private void transform(
      int part,
      int slab,
      int index,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] scratch,
      int own) {
    float[] memory = workspace.memory();
    int base = base(part);
    WindowGrid grid = shape.grid();
    int lineX = grid.inputW() * channels;
    int lineDy = grid.outputW() * outChannels;
    int end = images(part, slab) * cut.perImage();
    for (int t = 0, run; t < cut.perImage(); t += run) {
      run = cut.run(t, cut.perImage());
      int row = cut.row(t);
      int column = cut.column(t);
      int inRow = row - grid.padTop();
      int inColumn = column - grid.padLeft();
      int tile = cut.slot((index - slab) * cut.perImage() + t, 0, end);
      winograd.transformImage(
          Winograd.INPUT,
          cut.rows(t),
          cut.columns(t),
          run,
          channels,
          x,
          xOff + inRow * lineX + inColumn * channels,
          lineX,
          -inRow,
          grid.inputH() - inRow,
          -inColumn,
          grid.inputW() - inColumn,
          memory,
          base + tile * channels,
          Winograd.POINTS * strideV,
          strideV,
          scratch,
          own + OFF_WORK);
      winograd.transformImage(
          Winograd.OUTPUT_GRADIENT,
          cut.rows(t),
          cut.columns(t),
          run,
          outChannels,
          dy,
          dyOff + row * lineDy + column * outChannels,
          lineDy,
          0,
          grid.outputH() - row,
          0,
          grid.outputW() - column,
          memory,
          base + offM + tile * outChannels,
          Winograd.POINTS * strideM,
          strideM,
          scratch,
          own + OFF_WORK);
    }
  }

  private void multiply(int task, int worker) {
    int part = task / (PRODUCTS + 1);
    int product = task % (PRODUCTS + 1);
    if (product < PRODUCTS) {
      multiply(part, slab, product);
    } else {
      int image = first(part) + slab;
      sumDy(part, slab, images(part, slab), dy, dyOff + image * shape.outputSize());
    }
  }

  /** Carries on the sums of one of the 36 matrices dU of a part. */
  private void multiply(int part, int slab, int product) {
    float[] memory = workspace.memory();
    int base = base(part);
    int at = base + offU + product * strideU;
    int end = images(part, slab) * cut.perImage();
    int from = cut.begin(product, 0, end);
    int to = cut.end(product, 0, end);
    matrix.gemm(
        channels,
        outChannels,
        to - from,
        memory,
        base + product * strideV + from * channels,
        1,
        channels,
        memory,
        base + offM + product * strideM + from * outChannels,
        outChannels,
        slab == 0 ? null : memory,
        at,
        outChannels,
        memory,
        at,
        outChannels);
  }

  /** Carries on the sums of dBias of a part. */
  private void sumDy(int part, int index, int images, float[] dy, int dyOff) {
    int at = base(part) + offBias;
    if (index == 0) {
      Arrays.fill(workspace.memory(), at, at + outChannels, 0f);
    }
    int pixels = images * shape.grid().outputPixels();
    elements.addColumnSums(pixels, outChannels, dy, dyOff, workspace.memory(), at);
  }

  /** Adds up dU of some pairs of channels, transforms it back and adds it to dWeight. */
  private void finish(int task, int worker) {
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    int first = task * Winograd.RUN;
    int at = base(0) + offU + first;
    for (int part = 1; part < parts; part++) {
      for (int p = 0; p < PRODUCTS; p++) {
        int other = base(part) + offU + first + p * strideU;
        elements.axpy(Winograd.RUN, 1f, memory, other, memory, at + p * strideU);
      }
    }
    winograd.transformWeights(
        Winograd.WEIGHT_GRADIENT,
        Winograd.RUN,
        memory,
        at,
        Winograd.POINTS * strideU,
        strideU,
        memory,
        own,
        3 * Winograd.RUN,
        Winograd.RUN,
        memory,
        own + OFF_WORK);
    for (int tap = 0; tap < 9; tap++) {
      int to = dWeightOff + tap * channels * outChannels + first;
      elements.axpy(Winograd.RUN, 1f, memory, own + tap * Winograd.RUN, dWeight, to);
    }
  }
}
