package dev.lanewise.engine;

/**
 * The exact path: every product of the definition, in the order of the definition.
 *
 * <p>Forward is {@link ForwardConvolution}. Backward data is, for stride 1, a forward convolution
 * of dy with the flipped weights; otherwise dy times the transposed weights, scattered back by
 * col2im ({@link DataGradient}). Backward weights is {@link WeightGradient}.
 */
final class DirectConvolution implements ConvolutionMethod {
  private final Conv2dShape shape;
  private final int maxBatch;
  private final Epilogue epilogue;
  private final Workspace workspace;
  private final DirectWeight weight;
  private final DirectSlice whole; // of all images, by the team
  private WeightGradient gradient;

  DirectConvolution(Conv2dShape shape, int maxBatch, Epilogue epilogue, Workspace workspace) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.epilogue = epilogue;
    this.workspace = workspace;
    weight = new DirectWeight(shape, workspace.team());
    whole = slice(workspace);
  }

  @Override
  public DirectSlice slice(Workspace workspace) {
    return new DirectSlice(shape, epilogue, weight, () -> gradient, workspace);
  }

  @Override
  public void prepareForward(Floats weight) {
    this.weight.prepareForward(weight);
  }

  @Override
  public void prepareBackward(Floats weight) {
    this.weight.prepareBackward(weight);
  }

  @Override
  public void forward(int batch, Floats x, Floats weight, Floats bias, Floats y) {
    prepareForward(weight);
    whole.forward(batch, x, bias, y);
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats weight, Floats gate, Floats dx) {
    prepareBackward(weight);
    whole.backwardData(batch, dy, gate, dx);
  }

  @Override
  public void backwardWeights(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias) {
    makeGradient();
    gradient.run(batch, x, dy, dWeight, dBias);
  }

  private void makeGradient() {
    if (gradient == null) {
      gradient = new WeightGradient(shape, maxBatch, workspace);
    }
  }

  @Override
  public boolean gradientsBySlices() {
    return WeightGradient.small(shape);
  }

  @Override
  public void beginGradients(int batch) {
    makeGradient();
    gradient.keep();
  }

  @Override
  public void endGradients(int batch, Floats dWeight, Floats dBias) {
    gradient.end(batch, dWeight, dBias);
  }
}
