// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * The exact path: every product of the definition, in the order of the definition.
 *
 * <p>Forward is {@link ForwardConvolution}. Backward data is, for stride 1, a forward convolution
 * of dy with the flipped weights; otherwise dy times the transposed weights, scattered back by
 * col2im ({@link DataGradient}). Backward weights is {@link WeightGradient}.
 */
public final class DirectConvolution implements ConvolutionMethod {
  private final Conv2dShape shape;
  private final int maxBatch;
  private final Workspace workspace;
  private final DirectWeight weight;
  private final DirectSlice whole; // of all images, by the team
  private WeightGradient gradient;

  /** Prepares convolutions of one shape, whose y has an end. */
  public DirectConvolution(Conv2dShape shape, int maxBatch, OutputEnd end, Workspace workspace) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.workspace = workspace;
    weight = new DirectWeight(shape, workspace.team());
    whole = slice(end, workspace);
  }

  @Override
  public DirectSlice slice(OutputEnd end, Workspace workspace) {
    return new DirectSlice(shape, weight, () -> gradient, end, workspace);
  }

  @Override
  public void freezeWeight() {
    weight.freeze();
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
  public void forward(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate) {
    prepareForward(weight);
    whole.forward(batch, x, bias, y, gate);
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

  /**
   * Whether slices can compute the gradients of such a convolution.
   *
   * @param shape the shapes
   * @return true for small weights
   */
  public static boolean gradientsBySlices(Conv2dShape shape) {
    return WeightGradient.small(shape);
  }

  @Override
  public boolean gradientsBySlices() {
    return gradientsBySlices(shape);
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
