package dev.lanewise.engine;

/**
 * The exact path: every product of the definition, in the order of the definition.
 *
 * <p>Forward is {@link ForwardConvolution}. Backward data is, for stride 1, a forward convolution
 * of dy with the weights turned by 180 degrees; otherwise dy times the transposed weights, brought
 * home by col2im ({@link DataGradient}). Backward weights is {@link WeightGradient}.
 */
final class DirectConvolution implements ConvolutionMethod {
  private final Conv2dShape shape;
  private final int maxBatch;
  private final Workspace workspace;
  private final Conv2dShape turnedShape; // null: backward data goes through col2im
  private final DirectConvolution owner; // of the turned weights and of the sums of lanes
  private final ForwardConvolution forward;
  private ForwardConvolution turned;
  private DataGradient dataGradient;
  private WeightGradient weightGradient;

  // Of the owner alone.
  private TurnedWeight turnedWeight;
  private float[] turnedData;

  DirectConvolution(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this(shape, maxBatch, workspace, null);
  }

  private DirectConvolution(
      Conv2dShape shape, int maxBatch, Workspace workspace, DirectConvolution owner) {
    this.maxBatch = maxBatch;
    this.shape = shape;
    this.workspace = workspace;
    this.owner = owner == null ? this : owner;
    turnedShape = TurnedWeight.turn(shape);
    forward = new ForwardConvolution(shape, workspace);
  }

  @Override
  public ConvolutionMethod lane(int maxBatch, Workspace workspace) {
    return new DirectConvolution(shape, maxBatch, workspace, owner);
  }

  /** Nothing: forward takes the weights as they are. */
  @Override
  public void prepareForward(float[] weight, int weightOff) {}

  @Override
  public void prepareBackward(float[] weight, int weightOff) {
    if (turnedShape == null) {
      return;
    }
    if (turnedWeight == null) {
      turnedWeight = new TurnedWeight(shape, workspace.team());
    }
    turnedData = turnedWeight.of(weight, weightOff);
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
    if (turnedShape == null) {
      if (dataGradient == null) {
        dataGradient = new DataGradient(shape, workspace);
      }
      dataGradient.run(batch, dy, dyOff, weight, weightOff, dx, dxOff, gate, gateOff);
      return;
    }
    if (owner == this) {
      prepareBackward(weight, weightOff);
    }
    if (turned == null) {
      turned = new ForwardConvolution(turnedShape, workspace);
    }
    turned.run(batch, dy, dyOff, owner.turnedData, 0, null, 0, dx, dxOff, gate, gateOff);
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
      weightGradient = new WeightGradient(shape, maxBatch, workspace);
    }
  }

  @Override
  public boolean weightsByLanes() {
    return WeightGradient.small(shape);
  }

  @Override
  public void beginWeights(int batch) {
    makeWeightGradient();
    weightGradient.keep();
  }

  @Override
  public void addWeights(int first, int images, float[] x, int xOff, float[] dy, int dyOff) {
    owner.weightGradient.add(first, images, x, xOff, dy, dyOff, workspace);
  }

  @Override
  public void endWeights(int batch, float[] dWeight, int dWeightOff, float[] dBias, int dBiasOff) {
    weightGradient.end(batch, dWeight, dWeightOff, dBias, dBiasOff);
  }
}
