package dev.lanewise.engine;

/**
 * The fast path for 3x3 kernels with stride 1: Winograd's F(4x4, 3x3) in all three passes. Its
 * products cost a quarter of the direct path's; its largest rounding errors are five to eight times
 * as large (docs/architecture.md), and do not depend on threads or vectors either.
 *
 * <p>Forward is {@link WinogradForward}; backward data is the same for dy with the weights turned
 * by 180 degrees; backward weights is {@link WinogradWeightGradient}.
 */
final class WinogradConvolution implements ConvolutionMethod {
  private final Conv2dShape shape;
  private final Workspace workspace;
  private final int maxBatch;
  private final WinogradForward forward;
  private WinogradForward turned;
  private TurnedWeight turnedWeight;
  private WinogradWeightGradient weightGradient;

  WinogradConvolution(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    this.maxBatch = maxBatch;
    forward = new WinogradForward(shape, workspace);
  }

  /**
   * Whether the algorithm serves a shape: 3x3, stride 1, no dilation, padding up to 2, and whole
   * vectors of channels.
   */
  static boolean serves(Conv2dShape shape) {
    Window w = shape.grid().window();
    return w.kernelH() == 3
        && w.kernelW() == 3
        && w.strideH() == 1
        && w.strideW() == 1
        && w.dilationH() == 1
        && w.dilationW() == 1
        && shape.inChannels() % 16 == 0
        && shape.outChannels() % 16 == 0
        && TurnedWeight.turn(shape) != null;
  }

  @Override
  public void forward(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff,
      boolean rectify) {
    float[] gate = rectify ? y : null;
    forward.run(batch, x, xOff, weight, weightOff, bias, biasOff, y, yOff, gate, yOff);
  }

  @Override
  public void backwardData(
      int batch,
      float[] dy,
      int dyOff,
      float[] weight,
      int weightOff,
      float[] dx,
      int dxOff,
      float[] gate,
      int gateOff) {
    if (turned == null) {
      turned = new WinogradForward(TurnedWeight.turn(shape), workspace);
      turnedWeight = new TurnedWeight(shape, workspace.team());
    }
    float[] w = turnedWeight.of(weight, weightOff);
    turned.run(batch, dy, dyOff, w, 0, null, 0, dx, dxOff, gate, gateOff);
  }

  @Override
  public void backwardWeights(
      int batch,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dWeight,
      int dWeightOff,
      float[] dBias,
      int dBiasOff) {
    if (weightGradient == null) {
      weightGradient = new WinogradWeightGradient(shape, maxBatch, workspace);
    }
    weightGradient.run(batch, x, xOff, dy, dyOff, dWeight, dWeightOff, dBias, dBiasOff);
  }
}
