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
  private final WinogradConvolution owner; // of the transformed weights and the sums of lanes
  private final WinogradForward forward;
  private WinogradForward turned;
  private WinogradWeightGradient weightGradient;

  // Of the owner alone.
  private final WinogradWeight weight;
  private TurnedWeight turner;
  private WinogradWeight turnedWeight;

  WinogradConvolution(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this(shape, maxBatch, workspace, null);
  }

  private WinogradConvolution(
      Conv2dShape shape, int maxBatch, Workspace workspace, WinogradConvolution owner) {
    this.shape = shape;
    this.workspace = workspace;
    this.maxBatch = maxBatch;
    this.owner = owner == null ? this : owner;
    weight = owner == null ? new WinogradWeight(shape, workspace) : null;
    forward = new WinogradForward(shape, this.owner.weight, workspace);
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
  public ConvolutionMethod lane(int maxBatch, Workspace workspace) {
    makeTurned();
    weight.keep();
    turnedWeight.keep();
    return new WinogradConvolution(shape, maxBatch, workspace, this);
  }

  @Override
  public void fixWeight() {
    weight.fix();
  }

  @Override
  public void prepareForward(float[] weight, int weightOff) {
    this.weight.transform(weight, weightOff);
  }

  @Override
  public void prepareBackward(float[] weight, int weightOff) {
    makeTurned();
    turnedWeight.transform(turner.of(weight, weightOff), 0);
  }

  private void makeTurned() {
    if (turner == null) {
      turner = new TurnedWeight(shape, workspace.team());
      turnedWeight = new WinogradWeight(TurnedWeight.turn(shape), workspace);
    }
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
    if (owner == this) {
      prepareForward(weight, weightOff);
    }
    forward.run(batch, x, xOff, bias, biasOff, y, yOff, rectify ? y : null, yOff);
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
    owner.makeTurned();
    if (turned == null) { // first, since what a workspace reserves later moves what it holds
      turned = new WinogradForward(TurnedWeight.turn(shape), owner.turnedWeight, workspace);
    }
    if (owner == this) {
      prepareBackward(weight, weightOff);
    }
    turned.run(batch, dy, dyOff, null, 0, dx, dxOff, gate, gateOff);
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
    makeWeightGradient();
    weightGradient.run(batch, x, xOff, dy, dyOff, dWeight, dWeightOff, dBias, dBiasOff);
  }

  private void makeWeightGradient() {
    if (weightGradient == null) {
      weightGradient = new WinogradWeightGradient(shape, maxBatch, workspace);
    }
  }

  @Override
  public boolean weightsByLanes() {
    return true;
  }

  @Override
  public void beginWeights(int batch) {
    makeWeightGradient();
    weightGradient.keep();
    weightGradient.begin(batch);
  }

  @Override
  public void addWeights(int first, int images, float[] x, int xOff, float[] dy, int dyOff) {
    owner.weightGradient.add(first, images, x, xOff, dy, dyOff, workspace);
  }

  @Override
  public void endWeights(int batch, float[] dWeight, int dWeightOff, float[] dBias, int dBiasOff) {
    weightGradient.end(dWeight, dWeightOff, dBias, dBiasOff);
  }
}
