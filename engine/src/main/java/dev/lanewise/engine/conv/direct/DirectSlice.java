// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.function.Supplier;

/** The passes of a {@link DirectConvolution} with a weight that is prepared. */
final class DirectSlice implements ConvolutionMethod.Slice {
  private final Conv2dShape shape;
  private final Conv2dShape flippedShape; // null: backward data goes through col2im
  private final DirectWeight weight;
  private final Supplier<WeightGradient> gradient;
  private final Workspace workspace;
  private final ForwardConvolution forward;
  private ForwardConvolution flipped;
  private DataGradient dataGradient;

  /**
   * @param gradient the sums of the batch, once they are begun
   * @param end of y
   */
  DirectSlice(
      Conv2dShape shape,
      DirectWeight weight,
      Supplier<WeightGradient> gradient,
      OutputEnd end,
      Workspace workspace) {
    this.shape = shape;
    this.weight = weight;
    this.gradient = gradient;
    this.workspace = workspace;
    flippedShape = FlippedWeight.flip(shape);
    forward = new ForwardConvolution(shape, end, workspace);
  }

  @Override
  public void forward(int batch, Floats x, Floats bias, Floats y, Floats gate) {
    forward.run(batch, x, weight.forward(), weight.packed(), bias, y, gate);
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats gate, Floats dx) {
    if (flippedShape == null) {
      if (dataGradient == null) {
        dataGradient = new DataGradient(shape, workspace);
      }
      dataGradient.run(batch, dy, weight.backward(), dx, gate);
    } else {
      if (flipped == null) {
        flipped = new ForwardConvolution(flippedShape, OutputEnd.NONE, workspace);
      }
      flipped.run(batch, dy, weight.backward(), null, null, dx, gate);
    }
  }

  @Override
  public void addGradients(int first, int images, Floats x, Floats dy) {
    gradient.get().add(first, images, x, dy, workspace);
  }
}
