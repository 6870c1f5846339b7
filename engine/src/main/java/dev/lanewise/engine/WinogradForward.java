package dev.lanewise.engine;

/**
 * A forward convolution by {@link Winograd}. The weights are transformed once per call. Then each
 * task takes some rows of tiles of an image: it transforms its tiles to V {@code [36, tiles, C]},
 * multiplies with the transformed weights U {@code [36, C, OC]} in 36 products to M {@code [36,
 * tiles, OC]}, and transforms M back. V and M of a task stay in the L2 cache.
 *
 * <p>A worker's scratch memory: the framed image, V, M, an output tile that reaches beyond the
 * image, and the work space of the transforms. Common to all: U.
 *
 * <p>Not thread-safe; arguments are checked by {@link Convolution}.
 */
final class WinogradForward {
  /** Tiles of a task: V and M of 64 channels take 36 * 28 * 128 floats, half a MiB. */
  private static final int TASK_TILES = 28;

  private static final int TILE = Winograd.TILE;
  private static final int PRODUCTS = Winograd.PRODUCTS;

  /**
   * The product at the points (1, 1): A^T takes it to all 16 outputs with factor 1, so that its sum
   * starts from the bias and the bias costs nothing.
   */
  private static final int BIASED = Winograd.PATCH + 1;

  /**
   * Floats between the matrices of V, M and U, so that their distance is not a multiple of 4 KiB,
   * which would map the 36 streams of a transform to one set of the L1 cache.
   */
  private static final int GAP = 16;

  private final Conv2dShape shape;
  private final WindowGrid grid;
  private final int channels;
  private final int outChannels;
  private final Workspace workspace;
  private final Kernels kernels = Backend.kernels();
  private final int tileRows;
  private final int tileColumns;
  private final int taskRows; // rows of tiles of a task
  private final int tasksPerImage;
  private final TileFrame frame;
  private final int strideV;
  private final int strideM;
  private final int strideU;
  private final int offV; // in the memory of a worker, likewise below
  private final int offM;
  private final int offPatch;
  private final int offWork;
  private final WorkerTeam.Task transformWeight = this::transformWeight;
  private final WorkerTeam.Task tiles = this::tiles;

  // The running call.
  private float[] x;
  private int xOff;
  private float[] weight;
  private int weightOff;
  private float[] bias;
  private int biasOff;
  private float[] y;
  private int yOff;
  private float[] gate; // y = gate <= 0 ? 0 : y at the end; null for none; may be y itself
  private int gateOff;

  WinogradForward(Conv2dShape shape, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    grid = shape.grid();
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    tileRows = (grid.outputH() + TILE - 1) / TILE;
    tileColumns = (grid.outputW() + TILE - 1) / TILE;
    taskRows = Math.max(1, Math.min(tileRows, TASK_TILES / tileColumns));
    tasksPerImage = (tileRows + taskRows - 1) / taskRows;
    int taskTiles = taskRows * tileColumns;
    strideV = Check.intProduct("tiles", taskTiles, channels) + GAP;
    strideM = Check.intProduct("tiles", taskTiles, outChannels) + GAP;
    strideU = channels * outChannels + GAP;
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
    workspace.reserve((long) offWork + Winograd.WORK, (long) PRODUCTS * strideU);
  }

  void run(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff,
      float[] gate,
      int gateOff) {
    this.x = x;
    this.xOff = xOff;
    this.weight = weight;
    this.weightOff = weightOff;
    this.bias = bias;
    this.biasOff = biasOff;
    this.y = y;
    this.yOff = yOff;
    this.gate = gate;
    this.gateOff = gateOff;
    workspace.team().run(channels, transformWeight);
    workspace.team().run(batch * tasksPerImage, tiles);
    this.x = null;
    this.weight = null;
    this.bias = null;
    this.y = null;
    this.gate = null;
  }

  /** U of one input channel. */
  private void transformWeight(int c, int worker) {
    int tap = channels * outChannels;
    kernels.winograd(
        Winograd.WEIGHT,
        outChannels,
        weight,
        weightOff + c * outChannels,
        3 * tap,
        tap,
        workspace.memory(),
        workspace.common() + c * outChannels,
        Winograd.PATCH * strideU,
        strideU,
        workspace.memory(),
        workspace.own(worker) + offWork);
  }

  private void tiles(int task, int worker) {
    int image = task / tasksPerImage;
    int from = task % tasksPerImage * taskRows;
    int to = Math.min(from + taskRows, tileRows);
    int count = (to - from) * tileColumns;
    int imageAt = xOff + image * shape.inputSize();
    float[] memory = workspace.memory();
    int own = workspace.own(worker);
    boolean framed = frame.size() > 0;
    if (framed) {
      frame.put(x, imageAt, from * TILE, to * TILE + 2, memory, own);
    }
    float[] in = framed ? memory : x;
    int at = framed ? own : imageAt;
    for (int t = 0; t < count; t++) {
      int row = (from + t / tileColumns) * TILE;
      int column = t % tileColumns * TILE;
      kernels.winograd(
          Winograd.INPUT,
          channels,
          in,
          at + row * frame.rowFloats() + column * channels,
          frame.rowFloats(),
          channels,
          memory,
          own + offV + t * channels,
          Winograd.PATCH * strideV,
          strideV,
          memory,
          own + offWork);
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
          memory,
          workspace.common() + p * strideU,
          outChannels,
          biased ? bias : null,
          biased ? biasOff : 0,
          0,
          memory,
          own + offM + p * strideM,
          outChannels);
    }
    int out = yOff + image * shape.outputSize();
    for (int t = 0; t < count; t++) {
      output(t, (from + t / tileColumns) * TILE, t % tileColumns * TILE, out, own);
    }
    if (gate != null) {
      int rowFloats = grid.outputW() * outChannels;
      int band = image * shape.outputSize() + from * TILE * rowFloats;
      int rows = Math.min(to * TILE, grid.outputH()) - from * TILE;
      int yAt = yOff + band;
      kernels.reluBackward(rows * rowFloats, gate, gateOff + band, y, yAt, y, yAt);
    }
  }

  /** Transforms tile t back and writes what lies within the image, at output (row, column). */
  private void output(int t, int row, int column, int out, int own) {
    float[] memory = workspace.memory();
    int rows = Math.min(TILE, grid.outputH() - row);
    int columns = Math.min(TILE, grid.outputW() - column);
    int pixel = out + (row * grid.outputW() + column) * outChannels;
    int line = grid.outputW() * outChannels;
    boolean whole = rows == TILE && columns == TILE;
    kernels.winograd(
        Winograd.OUTPUT,
        outChannels,
        memory,
        own + offM + t * outChannels,
        Winograd.PATCH * strideM,
        strideM,
        whole ? y : memory,
        whole ? pixel : own + offPatch,
        whole ? line : TILE * outChannels,
        outChannels,
        memory,
        own + offWork);
    if (!whole) {
      for (int r = 0; r < rows; r++) {
        int from = own + offPatch + r * TILE * outChannels;
        System.arraycopy(memory, from, y, pixel + r * line, columns * outChannels);
      }
    }
  }
}
