package dev.lanewise.engine;

/**
 * Backward weights as the exact adjoint of {@link WinogradForward}: with V {@code [36, tiles, C]}
 * the transformed input and dM {@code [36, tiles, OC]} the transformed dy, {@code dU = V^T dM} for
 * each of the 36 products, and dWeight is dU transformed back.
 *
 * <p>Some images at a time are transformed, each the work of one task; then the 36 products are
 * divided among the tasks. Each element of dU is one chain over all tiles in order.
 *
 * <p>A worker's scratch memory: the framed image of x, that of dy, and the work space of the
 * transforms. Common to all: V, dM, dU, and dWeight of this call.
 *
 * <p>Not thread-safe; arguments are checked by {@link Convolution}.
 */
final class WinogradWeightGradient {
  /**
   * Floats of V and dM together that are kept at a time: 2 MiB, what the L2 caches of two cores
   * hold.
   */
  private static final int SLAB_FLOATS = 512 * 1024;

  private static final int TILE = Winograd.TILE;
  private static final int PRODUCTS = Winograd.PRODUCTS;

  /** As in {@link WinogradForward}. */
  private static final int GAP = 16;

  private final Conv2dShape shape;
  private final int channels;
  private final int outChannels;
  private final Workspace workspace;
  private final Kernels kernels = Backend.kernels();
  private final int tileColumns;
  private final int tilesPerImage;
  private final int slabImages;
  private final TileFrame frameX;
  private final TileFrame frameDy;
  private final int strideV;
  private final int strideM;
  private final int strideU;
  private final int offWork; // in the memory of a worker, behind the frames
  private final int offM; // in the common memory, behind V; likewise below
  private final int offU;
  private final int offDw; // [3, 3, C, OC], to be added to dWeight
  private final WorkerTeam.Task transform = this::transform;
  private final WorkerTeam.Task multiply = this::multiply;
  private final WorkerTeam.Task transformBack = this::transformBack;

  // The running call.
  private int firstImage;
  private int images;
  private float[] x;
  private int xOff;
  private float[] dy;
  private int dyOff;

  WinogradWeightGradient(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    WindowGrid grid = shape.grid();
    int tileRows = (grid.outputH() + TILE - 1) / TILE;
    tileColumns = (grid.outputW() + TILE - 1) / TILE;
    tilesPerImage = tileRows * tileColumns;
    long imageFloats = (long) PRODUCTS * tilesPerImage * (channels + outChannels);
    slabImages = (int) Math.max(1, Math.min(maxBatch, SLAB_FLOATS / imageFloats));
    int slabTiles = slabImages * tilesPerImage;
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
            tileRows * TILE + 2,
            tileColumns * TILE + 2);
    frameDy =
        new TileFrame(
            grid.outputH(), grid.outputW(), outChannels, 0, 0, tileRows * TILE, tileColumns * TILE);
    offWork = Check.intSum("tile frames", frameX.size(), frameDy.size());
    offM = Check.intProduct("tiles", PRODUCTS, strideV);
    offU = Check.intSum("tiles", offM, (long) PRODUCTS * strideM);
    offDw = Check.intSum("weights", offU, (long) PRODUCTS * strideU);
    workspace.reserve((long) offWork + Winograd.WORK, (long) offDw + shape.weightSize());
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
    this.x = x;
    this.xOff = xOff;
    this.dy = dy;
    this.dyOff = dyOff;
    for (firstImage = 0; firstImage < batch; firstImage += slabImages) {
      images = Math.min(slabImages, batch - firstImage);
      workspace.team().run(images, transform);
      workspace.team().run(PRODUCTS, multiply);
    }
    workspace.team().run(channels, transformBack);
    int dw = workspace.common() + offDw;
    kernels.axpy(shape.weightSize(), 1f, workspace.memory(), dw, dWeight, dWeightOff);
    if (dBias != null) {
      int pixels = batch * shape.grid().outputPixels();
      kernels.addColumnSums(pixels, outChannels, dy, dyOff, dBias, dBiasOff);
    }
    this.x = null;
    this.dy = null;
  }

  /** V and dM of one image. */
  private void transform(int image, int worker) {
    int rows = tilesPerImage / tileColumns * TILE;
    float[] memory = workspace.memory();
    int own = workspace.own(worker);
    int common = workspace.common();
    int xAt = xOff + (firstImage + image) * shape.inputSize();
    int dyAt = dyOff + (firstImage + image) * shape.outputSize();
    float[] framedX = x;
    float[] framedDy = dy;
    if (frameX.size() > 0) {
      frameX.put(x, xAt, 0, rows + 2, memory, own);
      framedX = memory;
      xAt = own;
    }
    if (frameDy.size() > 0) {
      frameDy.put(dy, dyAt, 0, rows, memory, own + frameX.size());
      framedDy = memory;
      dyAt = own + frameX.size();
    }
    for (int t = 0; t < tilesPerImage; t++) {
      int row = t / tileColumns * TILE;
      int column = t % tileColumns * TILE;
      int tile = image * tilesPerImage + t;
      kernels.winograd(
          Winograd.INPUT,
          channels,
          framedX,
          xAt + row * frameX.rowFloats() + column * channels,
          frameX.rowFloats(),
          channels,
          memory,
          common + tile * channels,
          Winograd.PATCH * strideV,
          strideV,
          memory,
          own + offWork);
      kernels.winograd(
          Winograd.OUTPUT_GRADIENT,
          outChannels,
          framedDy,
          dyAt + row * frameDy.rowFloats() + column * outChannels,
          frameDy.rowFloats(),
          outChannels,
          memory,
          common + offM + tile * outChannels,
          Winograd.PATCH * strideM,
          strideM,
          memory,
          own + offWork);
    }
  }

  /** Carries on the sums of one of the 36 matrices dU. */
  private void multiply(int product, int worker) {
    float[] memory = workspace.memory();
    int common = workspace.common();
    int at = common + offU + product * strideU;
    kernels.gemm(
        channels,
        outChannels,
        images * tilesPerImage,
        memory,
        common + product * strideV,
        1,
        channels,
        memory,
        common + offM + product * strideM,
        outChannels,
        firstImage == 0 ? null : memory,
        at,
        outChannels,
        memory,
        at,
        outChannels);
  }

  /** dWeight of one input channel. */
  private void transformBack(int c, int worker) {
    int tap = channels * outChannels;
    kernels.winograd(
        Winograd.WEIGHT_GRADIENT,
        outChannels,
        workspace.memory(),
        workspace.common() + offU + c * outChannels,
        Winograd.PATCH * strideU,
        strideU,
        workspace.memory(),
        workspace.common() + offDw + c * outChannels,
        3 * tap,
        tap,
        workspace.memory(),
        workspace.own(worker) + offWork);
  }
}
