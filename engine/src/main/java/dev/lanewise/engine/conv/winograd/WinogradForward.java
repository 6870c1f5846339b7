// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.OutputEnd;
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

/**
 * A forward convolution by {@link Winograd}. The tiles of all images are numbered through; each
 * task takes some of them: it transforms its tiles to V {@code [36, tiles, C]}, multiplies with the
 * transformed weights U {@code [36, C, OC]} in 36 products to M {@code [36, tiles, OC]}, and
 * transforms M back. V and M of a task stay in the L2 cache. {@link WinogradTiles} tells in which
 * of their rows, or slots, a tile is, and which of them a product has.
 *
 * <p>Where a few tiles meet many weights, U would be read once and be larger than a cache. There
 * tasks have some of the output channels each, with all tiles, and transform the weights that they
 * need themselves, block by block ({@link #stream}): to the same bits.
 *
 * <p>Each worker has a {@link TaskScratch}. Where the parts of a batch occupy the team, it is the
 * part with its number, which its caches hold since the last backward weights; its U may be behind.
 *
 * <p>Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class WinogradForward {
  /** Tiles that stay together where an image has more than a task: the rows of a product's tile. */
  private static final int UNIT = 4;

  /** Floats of U from which a few tiles do without it: 4 MiB. */
  private static final int MANY_WEIGHTS = 1024 * 1024;

  /** Input channels of a block of weights: with 128 output channels 0.6 MiB of an L2 cache. */
  private static final int BLOCK = 32;

  private static final int TILE = Winograd.TILE;
  private static final int PRODUCTS = Winograd.PRODUCTS;

  /**
   * The product at the points (1, 1): A^T takes it to all 16 outputs with factor 1, so that its sum
   * starts from the bias and the bias costs nothing.
   */
  private static final int BIASED = Winograd.POINTS + 1;

  private final Conv2dShape shape;
  private final WindowGrid grid;
  private final int channels;
  private final int outChannels;
  private final WinogradWeight u;
  private final OutputEnd end;
  private final Workspace workspace;
  private final WinogradKernels winograd = BackendChoice.kernels().winograd();
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final WinogradTiles cut;
  private final TaskScratch scratch;
  private final boolean inParts; // the scratch memory
  private final WorkerTeam.Task tiles = this::tiles;
  private final WorkerTeam.Task stream = this::stream;
  private final int[] transformed; // [worker]: the running call, once it has V
  private int calls;

  // The running call.
  private int allTiles;
  private int unit; // tiles of which tasks are made
  private int units;
  private int tasks;
  private int columns; // output channels of a task
  private Floats x;
  private Floats weight; // null if there is U
  private Floats bias; // null for none
  private Floats y;
  private Floats gate; // y = gate <= 0 ? 0 : y at the end; null for none; may be y itself

  /**
   * @param u the weights; {@link WinogradWeight#transform} is called before each {@link #run} that
   *     reads them
   * @param end of y
   */
  WinogradForward(Conv2dShape shape, WinogradWeight u, OutputEnd end, Workspace workspace) {
    this.shape = shape;
    this.u = u;
    this.end = end;
    this.workspace = workspace;
    grid = shape.grid();
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    cut = new WinogradTiles(grid);
    scratch = new TaskScratch(shape);
    transformed = new int[workspace.team().threads()];
    int threads = workspace.team().threads();
    inParts = BatchParts.occupy(BatchParts.COUNT, workspace.team());
    if (inParts) {
      workspace.reserveParts(threads, scratch.floats);
    } else {
      workspace.reserve(scratch.floats, 0);
    }
  }

  /** Before the first batch of few tiles, which may come late: the last of an epoch. */
  void reserveStream() {
    if (streams(1)) {
      workspace.reserve(Padding.lines(scratch.floats) + (long) PRODUCTS * blockStride(), 0);
    }
  }

  /** Whether a batch has so few tiles that it does without U. */
  boolean streams(int batch) {
    return (long) batch * cut.perImage() <= TaskScratch.TILES
        && (long) PRODUCTS * channels * outChannels >= MANY_WEIGHTS;
  }

  /**
   * Computes y.
   *
   * @param weight if it {@link #streams} the weight; {@code null} if it reads U
   */
  void run(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate) {
    this.weight = weight;
    this.x = x;
    this.bias = bias;
    this.y = y;
    this.gate = gate;
    allTiles = Check.intProduct("tiles", batch, cut.perImage());
    int threads = workspace.team().threads();
    unit = cut.perImage() <= TaskScratch.TILES && batch >= threads ? cut.perImage() : UNIT;
    units = Math.ceilDiv(allTiles, unit);
    tasks =
        Math.min(
            units, threads * Math.ceilDiv(Math.ceilDiv(units, threads), TaskScratch.TILES / unit));
    if (weight == null) {
      columns = outChannels;
      workspace.team().run(tasks, tiles);
    } else {
      columns = Math.clamp(Math.ceilDiv(outChannels, 16 * threads) * 16, 16, Winograd.RUN);
      calls++;
      workspace.team().run(batch == 0 ? 0 : Math.ceilDiv(outChannels, columns), stream);
    }
    this.weight = null;
    this.x = null;
    this.bias = null;
    this.y = null;
    this.gate = null;
  }

  private void tiles(int task, int worker) {
    u.prepare(worker);
    int first = first(task);
    int end = first(task + 1);
    int own = inParts ? workspace.part(worker) : workspace.perWorker(worker);
    for (int tile = first; tile < end; tile += part(tile, end)) {
      inputs(first, end, tile, own);
    }
    for (int p = 0; p < PRODUCTS; p++) {
      int at = u.at(p, worker);
      multiply(p, first, end, 0, outChannels, 0, channels, u.data(), at, outChannels, own);
    }
    outputs(first, end, 0, outChannels, own, worker);
  }

  /** Floats from one of the 36 matrices of a block of weights to the next. */
  private int blockStride() {
    return BLOCK * Winograd.RUN + TaskScratch.GAP;
  }

  /** All tiles, for some of the output channels. */
  private void stream(int task, int worker) {
    int channel = task * columns;
    int n = Math.min(columns, outChannels - channel);
    int own = workspace.perWorker(worker);
    int block = own + (int) Padding.lines(scratch.floats);
    if (transformed[worker] != calls) {
      transformed[worker] = calls;
      for (int tile = 0; tile < allTiles; tile += part(tile, allTiles)) {
        inputs(0, allTiles, tile, own);
      }
    }
    for (int c = 0; c < channels; c += BLOCK) {
      int depth = Math.min(BLOCK, channels - c);
      weights(c, depth, channel, n, block, own);
      for (int p = 0; p < PRODUCTS; p++) {
        int at = block + p * blockStride();
        multiply(p, 0, allTiles, channel, n, c, depth, workspace.memory(), at, n, own);
      }
    }
    outputs(0, allTiles, channel, n, own, worker);
  }

  /** Transforms a block of weights, {@code [depth, n]} of each of the 36. */
  private void weights(int first, int depth, int channel, int n, int block, int own) {
    int tap = channels * outChannels;
    for (int c = 0; c < depth; c++) {
      winograd.transformWeights(
          Winograd.WEIGHT,
          n,
          weight.data,
          weight.offset + (first + c) * outChannels + channel,
          3 * tap,
          tap,
          workspace.memory(),
          block + c * n,
          Winograd.POINTS * blockStride(),
          blockStride(),
          workspace.memory(),
          own + scratch.offWork);
    }
  }

  /** Transforms M back. */
  private void outputs(int first, int end, int channel, int n, int own, int worker) {
    for (int tile = first, run; tile < end; tile += run) {
      int t = tile % cut.perImage();
      run = n < outChannels ? 1 : cut.run(t, t + part(tile, end));
      int at = own + scratch.offM + cut.slot(tile, first, end) * outChannels + channel;
      output(tile / cut.perImage(), t, run, channel, n, at, own, worker);
    }
  }

  /** The first tile of a task: all tasks have as many units, or one less. */
  private int first(int task) {
    return Math.min((int) ((long) units * task / tasks) * unit, allTiles);
  }

  /** How many of the tiles from one on are in its image. */
  private int part(int tile, int end) {
    return Math.min(end - tile, cut.perImage() - tile % cut.perImage());
  }

  /** Transforms the tiles of an image, among those of a task from {@code first} on, to V. */
  private void inputs(int first, int end, int tile, int own) {
    float[] memory = workspace.memory();
    int from = tile % cut.perImage();
    int to = from + part(tile, end);
    int line = grid.inputW() * channels;
    int at = x.offset + tile / cut.perImage() * shape.inputSize();
    for (int t = from, run; t < to; t += run) {
      run = cut.run(t, to);
      int row = cut.row(t) - grid.padTop();
      int column = cut.column(t) - grid.padLeft();
      winograd.transformImage(
          Winograd.INPUT,
          cut.rows(t),
          cut.columns(t),
          run,
          channels,
          x.data,
          at + row * line + column * channels,
          line,
          -row,
          grid.inputH() - row,
          -column,
          grid.inputW() - column,
          memory,
          own + cut.slot(tile + t - from, first, end) * channels,
          Winograd.POINTS * scratch.strideV,
          scratch.strideV,
          memory,
          own + scratch.offWork);
    }
  }

  /** Some terms, from c on, of one of the 36 products, for the slots that it has. */
  private void multiply(
      int product,
      int first,
      int end,
      int channel,
      int n,
      int c,
      int depth,
      float[] b,
      int bAt,
      int ldb,
      int own) {
    float[] memory = workspace.memory();
    int from = cut.begin(product, first, end);
    int to = own + scratch.offM + product * scratch.strideM + from * outChannels + channel;
    boolean biased = bias != null && product == BIASED;
    matrix.gemm(
        cut.end(product, first, end) - from,
        n,
        depth,
        memory,
        own + product * scratch.strideV + from * channels + c,
        channels,
        1,
        b,
        bAt,
        ldb,
        c > 0 ? memory : biased ? bias.data : null,
        c > 0 ? to : biased ? bias.offset + channel : 0,
        c > 0 ? outChannels : 0,
        memory,
        to,
        outChannels);
  }

  /**
   * Transforms tiles of M back, side by side, and writes what lies within the image.
   *
   * @param channel the first of the output channels
   * @param n how many; all of them if there are several tiles
   * @param at where M has the first tile, at (0, 0)
   */
  private void output(
      int image, int tile, int run, int channel, int n, int at, int own, int worker) {
    float[] memory = workspace.memory();
    int row = cut.row(tile);
    int column = cut.column(tile);
    int pixel = (image * grid.outputH() + row) * grid.outputW() + column;
    boolean whole = cut.whole(tile);
    winograd.transformOutput(
        cut.rows(tile),
        cut.columns(tile),
        run,
        n,
        memory,
        at,
        Winograd.POINTS * scratch.strideM,
        scratch.strideM,
        whole ? y.data : memory,
        whole ? y.offset + pixel * outChannels + channel : own + scratch.offPatch,
        whole ? grid.outputW() * outChannels : TILE * n,
        whole ? outChannels : n,
        memory,
        own + scratch.offWork);
    int rows = Math.min(cut.rows(tile), grid.outputH() - row);
    int width = Math.min(run * cut.columns(tile), grid.outputW() - column);
    for (int r = 0; r < rows; r++, pixel += grid.outputW()) {
      for (int i = 0; i < width && !whole; i++) {
        int from = own + scratch.offPatch + (r * TILE + i) * n;
        System.arraycopy(memory, from, y.data, y.offset + (pixel + i) * outChannels + channel, n);
      }
      float[] gates = gate == null ? null : gate.data;
      int gateOff = gate == null ? 0 : gate.offset;
      end.run(pixel, width, outChannels, channel, n, gates, gateOff, y.data, y.offset, worker);
    }
  }
}
