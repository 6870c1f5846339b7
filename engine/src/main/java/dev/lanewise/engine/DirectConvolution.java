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
  private final WorkerTeam team;
  private final ForwardConvolution forward;
  private ForwardConvolution turned;
  private float[] turnedWeight;
  private DataGradient dataGradient;
  private WeightGradient weightGradient;

  DirectConvolution(Conv2dShape shape, WorkerTeam team) {
    this.shape = shape;
    this.team = team;
    forward = new ForwardConvolution(shape, team);
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
      int yOff) {
    forward.run(batch, x, xOff, weight, weightOff, bias, biasOff, y, yOff);
  }

  @Override
  public void backwardData(
      int batch, float[] dy, int dyOff, float[] weight, int weightOff, float[] dx, int dxOff) {
    if (turned == null && dataGradient == null) {
      Conv2dShape turnedShape = turn(shape);
      if (turnedShape != null) {
        turned = new ForwardConvolution(turnedShape, team);
        turnedWeight = new float[shape.weightSize()];
      } else {
        dataGradient = new DataGradient(shape, team);
      }
    }
    if (turned != null) {
      turnWeight(shape, weight, weightOff, turnedWeight);
      turned.run(batch, dy, dyOff, turnedWeight, 0, null, 0, dx, dxOff);
    } else {
      dataGradient.run(batch, dy, dyOff, weight, weightOff, dx, dxOff);
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
      weightGradient = new WeightGradient(shape, team);
    }
    weightGradient.run(batch, x, xOff, dy, dyOff, dWeight, dWeightOff, dBias, dBiasOff);
  }

  /**
   * The convolution that takes dy to dx, or {@code null} where there is none: with a stride, or
   * where padding exceeds the reach of the kernel, so that dy would have to be cropped.
   */
  static Conv2dShape turn(Conv2dShape shape) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    int top = (w.kernelH() - 1) * w.dilationH() - grid.padTop();
    int left = (w.kernelW() - 1) * w.dilationW() - grid.padLeft();
    int bottom = grid.inputH() + (w.kernelH() - 1) * w.dilationH() - grid.outputH() - top;
    int right = grid.inputW() + (w.kernelW() - 1) * w.dilationW() - grid.outputW() - left;
    if (w.strideH() != 1 || w.strideW() != 1 || (top | left | bottom | right) < 0) {
      return null;
    }
    Window back = w.padding(top, bottom, left, right);
    return new Conv2dShape(
        back.over(grid.outputH(), grid.outputW()), shape.outChannels(), shape.inChannels());
  }

  /** {@code turned[KH-1-ky, KW-1-kx, oc, c] = weight[ky, kx, c, oc]}. */
  static void turnWeight(Conv2dShape shape, float[] weight, int weightOff, float[] turned) {
    int taps = shape.grid().window().kernelH() * shape.grid().window().kernelW();
    int channels = shape.inChannels();
    int outChannels = shape.outChannels();
    for (int tap = 0; tap < taps; tap++) {
      int from = weightOff + tap * channels * outChannels;
      int to = (taps - 1 - tap) * channels * outChannels;
      for (int oc = 0; oc < outChannels; oc++) {
        for (int c = 0; c < channels; c++) {
          turned[to + oc * channels + c] = weight[from + c * outChannels + oc];
        }
      }
    }
  }
}
