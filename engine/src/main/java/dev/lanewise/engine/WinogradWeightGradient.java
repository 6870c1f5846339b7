package dev.lanewise.engine;

import java.util.Arrays;

/**
 * Backward weights as the exact adjoint of {@link WinogradForward}: with V {@code [36, tiles, C]}
 * the transformed input and dM {@code [36, tiles, OC]} the transformed dy, {@code dU = V^T dM} for
 * each of the 36 products, and dWeight is dU transformed back.
 *
 * <p>The batch is cut into {@link #HALVES}, each with a dU of its own, in which every element is
 * one chain over the tiles in order; the two are added at the end. With two threads each so meets
 * the images that it has had in the passes before, and memory that it has used. Of each half some
 * images at a time are transformed, an image in a task; then the products of both are divided among
 * the tasks.
 *
 * <p>A worker's scratch memory: the framed image of x, that of dy, dWeight of some pairs of
 * channels, and the work space of the transforms. Each half has a part for V, dM, dU and dBias.
 *
 * <p>Not thread-safe; arguments are checked by {@link Convolution}.
 */
final class WinogradWeightGradient {
  /** Parts of a batch. A constant, since it decides where the sums are cut. */
  private static final int HALVES = 2;

  /** Floats of V and dM of a half that are kept at a time: 1 MiB, an L2 cache. */
  private static final int SLAB_FLOATS = 256 * 1024;

  private static final int PRODUCTS = Winograd.PRODUCTS;
  private static final int GAP = WinogradForward.GAP;

  private final Conv2dShape shape;
  private final int channels;
  private final int outChannels;
  private final Workspace workspace;
  private final Kernels kernels = Backend.kernels();
  private final WinogradTiles cut;
  private final int slabImages;
  private final TileFrame frameX;
  private final TileFrame frameDy;
  private final int strideV;
  private final int strideM;
  private final int strideU;
  private final int offDw; // [3, 3, RUN], in the memory of a worker, behind the frames
  private final int offWork;
  private final int offM; // in the memory of a half, behind V; likewise below
  private final int offU;
  private final int offBias;
  private final WorkerTeam.Task transform = this::transform;
  private final WorkerTeam.Task multiply = this::multiply;
  private final WorkerTeam.Task finish = this::finish;

  // The running call.
  private int batch;
  private int halves;
  private int done; // images of each half
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
    int rows = cut.coveredRows();
    int columns = cut.coveredColumns();
    long imageFloats = (long) PRODUCTS * cut.perImage() * (channels + outChannels);
    slabImages =
        (int) Math.clamp(SLAB_FLOATS / imageFloats, 1, (long) Math.ceilDiv(maxBatch, HALVES));
    int slabTiles = Check.intProduct("tiles", slabImages, cut.perImage());
    strideV = Check.intProduct("tiles", slabTiles, channels) + GAP;
    strideM = Check.intProduct("tiles", slabTiles, outChannels) + GAP;
    strideU = channels * outChannels + GAP;
    frameX =
        new TileFrame(
            grid.inputH(),
            grid.inputW(),
            channels,
            grid.padTop(),
            grid.padLeft(),
            rows + 2,
            columns + 2);
    frameDy = new TileFrame(grid.outputH(), grid.outputW(), outChannels, 0, 0, rows, columns);
    offDw = Check.intSum("tile frames", frameX.size(), frameDy.size());
    offWork = Check.intSum("tile frames", offDw, 9 * Winograd.RUN);
    offM = Check.intProduct("tiles", PRODUCTS, strideV);
    offU = Check.intSum("tiles", offM, (long) PRODUCTS * strideM);
    offBias = Check.intSum("weights", offU, (long) PRODUCTS * strideU);
    workspace.reserve((long) offWork + Winograd.WORK, 0);
    workspace.reserveParts(HALVES, (long) offBias + outChannels);
  }

  void run(
      int batch,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dWeight,
      int dWeightOff,
      float[] dBias,
      int dBiasOff) {
    if (batch == 0) {
      return; // dU would be that of the call before
    }
    this.batch = batch;
    this.x = x;
    this.xOff = xOff;
    this.dy = dy;
    this.dyOff = dyOff;
    this.dWeight = dWeight;
    this.dWeightOff = dWeightOff;
    halves = Math.min(HALVES, batch);
    int longest = Math.ceilDiv(batch, halves);
    for (done = 0; done < longest; done += slabImages) {
      workspace.team().run(halves * slabImages, transform);
      workspace.team().run(halves * (PRODUCTS + 1), multiply);
    }
    workspace.team().run(channels * outChannels / Winograd.RUN, finish);
    for (int half = 0; half < halves && dBias != null; half++) {
      kernels.axpy(
          outChannels, 1f, workspace.memory(), workspace.part(half) + offBias, dBias, dBiasOff);
    }
    this.x = null;
    this.dy = null;
    this.dWeight = null;
  }

  /** The first image of a half that has not been transformed before this slab. */
  private int first(int half) {
    return batch * half / halves + done;
  }

  /** How many images of a half are in this slab. */
  private int images(int half) {
    return Math.clamp(batch * (half + 1) / halves - first(half), 0, slabImages);
  }

  /** V and dM of one image. */
  private void transform(int task, int worker) {
    int half = task / slabImages;
    int slot = task % slabImages;
    if (slot >= images(half)) {
      return;
    }
    float[] memory = workspace.memory();
    int own = workspace.own(worker);
    int xAt = xOff + (first(half) + slot) * shape.inputSize();
    int dyAt = dyOff + (first(half) + slot) * shape.outputSize();
    float[] framedX = x;
    float[] framedDy = dy;
    if (frameX.size() > 0) {
      frameX.put(x, xAt, 0, cut.coveredRows() + 2, memory, own);
      framedX = memory;
      xAt = own;
    }
    if (frameDy.size() > 0) {
      frameDy.put(dy, dyAt, 0, cut.coveredRows(), memory, own + frameX.size());
      framedDy = memory;
      dyAt = own + frameX.size();
    }
    int end = images(half) * cut.perImage();
    for (int t = 0, run; t < cut.perImage(); t += run) {
      run = cut.run(t, cut.perImage());
      int row = cut.row(t);
      int column = cut.column(t);
      int tile = cut.slot(slot * cut.perImage() + t, 0, end);
      kernels.winograd(
          Winograd.INPUT,
          cut.rows(t),
          cut.columns(t),
          run,
          channels,
          framedX,
          xAt + row * frameX.rowFloats() + column * channels,
          frameX.rowFloats(),
          channels,
          memory,
          workspace.part(half) + tile * channels,
          Winograd.POINTS * strideV,
          strideV,
          memory,
          own + offWork);
      kernels.winograd(
          Winograd.OUTPUT_GRADIENT,
          cut.rows(t),
          cut.columns(t),
          run,
          outChannels,
          framedDy,
          dyAt + row * frameDy.rowFloats() + column * outChannels,
          frameDy.rowFloats(),
          outChannels,
          memory,
          workspace.part(half) + offM + tile * outChannels,
          Winograd.POINTS * strideM,
          strideM,
          memory,
          own + offWork);
    }
  }

  /** Carries on the sums of one of the 36 matrices dU of a half, or those of its dBias. */
  private void multiply(int task, int worker) {
    int half = task / (PRODUCTS + 1);
    int product = task % (PRODUCTS + 1);
    float[] memory = workspace.memory();
    if (product == PRODUCTS) {
      sumDy(half);
      return;
    }
    int at = workspace.part(half) + offU + product * strideU;
    int end = images(half) * cut.perImage();
    int from = cut.begin(product, 0, end);
    int to = cut.end(product, 0, end);
    kernels.gemm(
        channels,
        outChannels,
        to - from,
        memory,
        workspace.part(half) + product * strideV + from * channels,
        1,
        channels,
        memory,
        workspace.part(half) + offM + product * strideM + from * outChannels,
        outChannels,
        done == 0 ? null : memory,
        at,
        outChannels,
        memory,
        at,
        outChannels);
  }

  private void sumDy(int half) {
    int at = workspace.part(half) + offBias;
    if (done == 0) {
      Arrays.fill(workspace.memory(), at, at + outChannels, 0f);
    }
    kernels.addColumnSums(
        images(half) * shape.grid().outputPixels(),
        outChannels,
        dy,
        dyOff + first(half) * shape.outputSize(),
        workspace.memory(),
        at);
  }

  /** Adds up dU of some pairs of channels, transforms it back and adds it to dWeight. */
  private void finish(int task, int worker) {
    float[] memory = workspace.memory();
    int own = workspace.own(worker);
    int first = task * Winograd.RUN;
    int at = workspace.part(0) + offU + first;
    for (int half = 1; half < halves; half++) {
      for (int p = 0; p < PRODUCTS; p++) {
        int other = workspace.part(half) + offU + first + p * strideU;
        kernels.axpy(Winograd.RUN, 1f, memory, other, memory, at + p * strideU);
      }
    }
    kernels.winograd(
        Winograd.WEIGHT_GRADIENT,
        Winograd.TILE,
        Winograd.TILE,
        1,
        Winograd.RUN,
        memory,
        at,
        Winograd.POINTS * strideU,
        strideU,
        memory,
        own + offDw,
        3 * Winograd.RUN,
        Winograd.RUN,
        memory,
        own + offWork);
    for (int tap = 0; tap < 9; tap++) {
      int to = dWeightOff + tap * channels * outChannels + first;
      kernels.axpy(Winograd.RUN, 1f, memory, own + offDw + tap * Winograd.RUN, dWeight, to);
    }
  }
}
