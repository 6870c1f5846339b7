package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.kernel.WinogradKernels;
import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.Floats;
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
 * <p>Each worker has a {@link TaskScratch}. Where the parts of a batch occupy the team, it is the
 * part with its number, which its caches hold since the last backward weights; its U may be behind.
 *
 * <p>Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class WinogradForward {
  /** Tiles that stay together where an image has more than a task: the rows of a product's tile. */
  private static final int UNIT = 4;

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

  // The running call.
  private int allTiles;
  private int unit; // tiles of which tasks are made
  private int units;
  private int tasks;
  private Floats x;
  private Floats bias; // null for none
  private Floats y;
  private Floats gate; // y = gate <= 0 ? 0 : y at the end; null for none; may be y itself

  /**
   * @param u the weights; {@link WinogradWeight#transform} is called before each {@link #run}
   * @param scale of y, before the gate, which is y then; {@code null} for none
   */
  WinogradForward(Conv2dShape shape, WinogradWeight u, ChannelScale scale, Workspace workspace) {
    this.shape = shape;
    this.u = u;
    end = new OutputEnd(scale);
    this.workspace = workspace;
    grid = shape.grid();
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    cut = new WinogradTiles(grid);
    scratch = new TaskScratch(shape);
    int threads = workspace.team().threads();
    inParts = BatchParts.occupy(BatchParts.COUNT, workspace.team());
    if (inParts) {
      workspace.reserveParts(threads, scratch.floats);
    } else {
      workspace.reserve(scratch.floats, 0);
    }
  }

  void run(int batch, Floats x, Floats bias, Floats y, Floats gate) {
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
    workspace.team().run(tasks, tiles);
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
      multiply(p, cut.begin(p, first, end), cut.end(p, first, end), own, worker);
    }
    for (int tile = first, run; tile < end; tile += run) {
      int t = tile % cut.perImage();
      run = cut.run(t, t + part(tile, end));
      output(tile / cut.perImage(), t, run, cut.slot(tile, first, end), own);
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

  /** One of the 36 products, for the slots that it has. */
  private void multiply(int product, int from, int to, int own, int worker) {
    float[] memory = workspace.memory();
    boolean biased = bias != null && product == BIASED;
    matrix.gemm(
        to - from,
        outChannels,
        channels,
        memory,
        own + product * scratch.strideV + from * channels,
        channels,
        1,
        u.data(),
        u.at(product, worker),
        outChannels,
        biased ? bias.data : null,
        biased ? bias.offset : 0,
        0,
        memory,
        own + scratch.offM + product * scratch.strideM + from * outChannels,
        outChannels);
  }

  /** Transforms tiles of M back, side by side, and writes what lies within the image. */
  private void output(int image, int tile, int run, int slot, int own) {
    float[] memory = workspace.memory();
    int row = cut.row(tile);
    int column = cut.column(tile);
    int pixel = image * shape.outputSize() + (row * grid.outputW() + column) * outChannels;
    int line = grid.outputW() * outChannels;
    boolean whole = cut.whole(tile);
    winograd.transformOutput(
        cut.rows(tile),
        cut.columns(tile),
        run,
        outChannels,
        memory,
        own + scratch.offM + slot * outChannels,
        Winograd.POINTS * scratch.strideM,
        scratch.strideM,
        whole ? y.data : memory,
        whole ? y.offset + pixel : own + scratch.offPatch,
        whole ? line : TILE * outChannels,
        outChannels,
        memory,
        own + scratch.offWork);
    int rows = Math.min(cut.rows(tile), grid.outputH() - row);
    int n = Math.min(run * cut.columns(tile), grid.outputW() - column) * outChannels;
    for (int r = 0; r < rows; r++, pixel += line) {
      int at = y.offset + pixel;
      if (!whole) {
        System.arraycopy(memory, own + scratch.offPatch + r * TILE * outChannels, y.data, at, n);
      }
      end.run(
          n, gate == null ? null : gate.data, gate == null ? 0 : gate.offset + pixel, y.data, at);
    }
  }
}
