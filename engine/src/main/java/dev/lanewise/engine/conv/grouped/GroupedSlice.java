// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.function.Supplier;

/** The passes of a {@link GroupedConvolution} with weights that are prepared. */
final class GroupedSlice implements ConvolutionMethod.Slice {
  private final Conv2dShape shape;
  private final GroupedWay way;
  private final Supplier<GroupedGradient> gradient;
  private final Workspace workspace;
  private final GroupedPass forward;
  private GroupedPass backward;

  /**
   * @param gradient the sums of the batch, once they are begun
   * @param end of y
   */
  GroupedSlice(
      Conv2dShape shape,
      GroupedWay way,
      Supplier<GroupedGradient> gradient,
      OutputEnd end,
      Workspace workspace) {
    this.shape = shape;
    this.way = way;
    this.gradient = gradient;
    this.workspace = workspace;
    int row = shape.grid().outputW() * shape.outChannels();
    forward =
        new GroupedPass(
            way.forward(), shape.inputSize(), shape.grid().outputH(), row, end, workspace);
  }

  @Override
  public void forward(int batch, Floats x, Floats bias, Floats y, Floats gate) {
    forward.run(batch, x, bias, y, gate);
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats gate, Floats dx) {
    makeBackward();
    backward.run(batch, dy, null, dx, gate);
  }

  private void makeBackward() {
    if (backward == null) {
      int row = shape.grid().inputW() * shape.inChannels();
      backward =
          new GroupedPass(
              way.backward(),
              shape.outputSize(),
              shape.grid().inputH(),
              row,
              OutputEnd.NONE,
              workspace);
    }
  }

  @Override
  public void addGradients(int first, int images, Floats x, Floats dy) {
    gradient.get().add(first, images, x, dy, workspace);
  }
}
