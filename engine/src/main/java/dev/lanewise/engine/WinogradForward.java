package dev.lanewise.engine;

/**
 * A forward convolution by {@link Winograd}. The tiles of all images are numbered through; each
 * task takes some of them: it transforms its tiles to V {@code [36, tiles, C]}, multiplies with the
 * transformed weights U {@code [36, C, OC]} in 36 products to M {@code [36, tiles, OC]}, and
 * transforms M back. V and M of a task stay in the L2 cache.
 *
 * <p>A worker's scratch memory: the framed image, V, M, an output tile that reaches beyond the
 * image, and the work space of the transforms.
 *
 * <p>Not thread-safe; arguments are checked by {@link Convolution}.
 */
final class WinogradForward {
  /** Tiles of a task, at most: V and M of 64 channels take 36 * 28 * 128 floats, half a MiB. */
  private static final int TASK_TILES = 28;

  /**
   * Floats between the matrices of V, M and U, so that their distance is not a multiple of 4 KiB,
   * which would map the 36 streams of a transform to one set of the L1 cache.
   */
  static final int GAP = 16;

  private static final int TILE = Winograd.TILE;
  private static final int PRODUCTS = Winograd.PRODUCTS;

  /**
   * The product at the points (1, 1): A^T takes it to all 16 outputs with factor 1, so that its sum
   * starts from the bias and the bias costs nothing.
   */
  private static final int BIASED = Winograd.PATCH + 1;

  private final Conv2dShape shape;
  private final WindowGrid grid;
  private final int channels;
  private final int outChannels;
  private final WinogradWeight u;
  private final Workspace workspace;
  private final Kernels kernels = Backend.kernels();
  private final int tileColumns;
  private final int tilesPerImage;
  private final TileFrame frame;
  private final int strideV;
  private final int strideM;
  private final int offV; // in the memory of a worker, likewise below
  private final int offM;
  private final int offPatch;
  private final int offWork;
  private final WorkerTeam.Task tiles = this::tiles;

  // The running call.
  private int allTiles;
  private int taskTiles;
  private float[] x;
  private int xOff;
  private float[] bias;
  private int biasOff;
  private float[] y;
  private int yOff;
  private float[] gate; // y = gate <= 0 ? 0 : y at the end; null for none; may be y itself
  private int gateOff;

  /**
   * @param u the weights, transformed before each {@link #run}
   */
  WinogradForward(Conv2dShape shape, WinogradWeight u, Workspace workspace) {
    this.shape = shape;
    this.u = u;
    this.workspace = workspace;
    grid = shape.grid();
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    int tileRows = (grid.outputH() + TILE - 1) / TILE;
    tileColumns = (grid.outputW() + TILE - 1) / TILE;
    tilesPerImage = tileRows * tileColumns;
    strideV = Check.intProduct("tiles", TASK_TILES, channels) + GAP;
    strideM = Check.intProduct("tiles", TASK_TILES, outChannels) + GAP;
    frame =
        new TileFrame(
            grid.inputH(),
            grid.inputW(),
            channels,
            grid.padTop(),
            grid.padLeft(),
            tileRows * TILE + 2,
            tileColumns * TILE + 2);
    offV = frame.size();
    offM = Check.intSum("tiles", offV, (long) PRODUCTS * strideV);
    offPatch = Check.intSum("tiles", offM, (long) PRODUCTS * strideM);
    offWork = Check.intSum("tiles", offPatch, TILE * TILE * outChannels);
    workspace.reserve((long) offWork + Winograd.WORK, 0);
  }

  void run(
      int batch,
      float[] x,
      int xOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff,
      float[] gate,
      int gateOff) {
    this.x = x;
    this.xOff = xOff;
    this.bias = bias;
    this.biasOff = biasOff;
    this.y = y;
    this.yOff = yOff;
    this.gate = gate;
    this.gateOff = gateOff;
    allTiles = Check.intProduct("tiles", batch, tilesPerImage);
    taskTiles = Math.clamp(Math.ceilDiv(allTiles, workspace.team().threads()), 1, TASK_TILES);
    workspace.team().run(Math.ceilDiv(allTiles, taskTiles), tiles);
    this.x = null;
    this.bias = null;
    this.y = null;
    this.gate = null;
  }

  private void tiles(int task, int worker) {
    int first = task * taskTiles;
    int count = Math.min(taskTiles, allTiles - first);
    float[] memory = workspace.memory();
    int own = workspace.own(worker);
    for (int t = 0; t < count; ) {
      int image = (first + t) / tilesPerImage;
      int from = (first + t) % tilesPerImage;
      int to = Math.min(from + count - t, tilesPerImage);
      input(image, from, to, t, own);
      t += to - from;
    }
    for (int p = 0; p < PRODUCTS; p++) {
      boolean biased = bias != null && p == BIASED;
      kernels.gemm(
          count,
          outChannels,
          channels,
          memory,
          own + offV + p * strideV,
          channels,
          1,
          u.data(),
          u.at(p),
          outChannels,
          biased ? bias : null,
          biased ? biasOff : 0,
          0,
          memory,
          own + offM + p * strideM,
          outChannels);
    }
    for (int t = 0; t < count; t++) {
      output((first + t) / tilesPerImage, (first + t) % tilesPerImage, t, own);
    }
  }

  /** Transforms some tiles of an image, which become those from {@code slot} on in V. */
  private void input(int image, int from, int to, int slot, int own) {
    float[] memory = workspace.memory();
    float[] in = x;
    int at = xOff + image * shape.inputSize();
    if (frame.size() > 0) {
      int firstRow = from / tileColumns * TILE;
      int lastRow = (to - 1) / tileColumns * TILE + TILE + 2;
      frame.put(x, at, firstRow, lastRow, memory, own);
      in = memory;
      at = own;
    }
    for (int t = from; t < to; t++) {
      int row = t / tileColumns * TILE;
      int column = t % tileColumns * TILE;
      kernels.winograd(
          Winograd.INPUT,
          channels,
          in,
          at + row * frame.rowFloats() + column * channels,
          frame.rowFloats(),
          channels,
          memory,
          own + offV + (slot + t - from) * channels,
          Winograd.PATCH * strideV,
          strideV,
          memory,
          own + offWork);
    }
  }

  /** Transforms a tile of M back and writes what lies within the image. */
  private void output(int image, int tile, int slot, int own) {
    float[] memory = workspace.memory();
    int row = tile / tileColumns * TILE;
    int column = tile % tileColumns * TILE;
    int rows = Math.min(TILE, grid.outputH() - row);
    int columns = Math.min(TILE, grid.outputW() - column);
    int pixel = image * shape.outputSize() + (row * grid.outputW() + column) * outChannels;
    int line = grid.outputW() * outChannels;
    boolean whole = rows == TILE && columns == TILE;
    kernels.winograd(
        Winograd.OUTPUT,
        outChannels,
        memory,
        own + offM + slot * outChannels,
        Winograd.PATCH * strideM,
        strideM,
        whole ? y : memory,
        whole ? yOff + pixel : own + offPatch,
        whole ? line : TILE * outChannels,
        outChannels,
        memory,
        own + offWork);
    int n = columns * outChannels;
    for (int r = 0; r < rows; r++, pixel += line) {
      int at = yOff + pixel;
      if (!whole) {
        System.arraycopy(memory, own + offPatch + r * TILE * outChannels, y, at, n);
      }
      if (gate != null) {
        kernels.reluBackward(n, gate, gateOff + pixel, y, at, y, at);
      }
    }
  }
}
