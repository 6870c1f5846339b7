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
  private final ForwardConvolution forward;
  private ForwardConvolution turned;
  private TurnedWeight turnedWeight;
  private DataGradient dataGradient;
  private WeightGradient weightGradient;

  DirectConvolution(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this.maxBatch = maxBatch;
    this.shape = shape;
    this.workspace = workspace;
    forward = new ForwardConvolution(shape, workspace);
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
    if (turned == null && dataGradient == null) {
      Conv2dShape turnedShape = TurnedWeight.turn(shape);
      if (turnedShape != null) {
        turned = new ForwardConvolution(turnedShape, workspace);
        turnedWeight = new TurnedWeight(shape, workspace.team());
      } else {
        dataGradient = new DataGradient(shape, workspace);
      }
    }
    if (turned != null) {
      float[] w = turnedWeight.of(weight, weightOff);
      turned.run(batch, dy, dyOff, w, 0, null, 0, dx, dxOff, gate, gateOff);
    } else {
      dataGradient.run(batch, dy, dyOff, weight, weightOff, dx, dxOff, gate, gateOff);
    }
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
      weightGradient = new WeightGradient(shape, maxBatch, workspace);
    }
    weightGradient.run(batch, x, xOff, dy, dyOff, dWeight, dWeightOff, dBias, dBiasOff);
  }
}
