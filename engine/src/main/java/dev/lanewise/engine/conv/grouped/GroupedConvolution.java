// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.FrozenWeight;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * Convolutions with several groups of channels, by one of two ways that the shape decides: {@link
 * LaneGroups} for few channels in a group, {@link MatrixGroups} for many.
 */
public final class GroupedConvolution implements ConvolutionMethod {
  /** A group has few channels where those of input and output, multiplied, are at most this. */
  private static final int FEW = 64;

  private final Conv2dShape shape;
  private final Workspace workspace;
  private final GroupedWay way;
  private final FrozenWeight frozen = new FrozenWeight();
  private final GroupedSlice whole; // of all images, by the team
  private GroupedGradient gradient;

  /** Prepares convolutions of one shape, whose y has an end. */
  public GroupedConvolution(Conv2dShape shape, OutputEnd end, Workspace workspace) {
    this.shape = shape;
    this.workspace = workspace;
    way = few(shape) ? new LaneGroups(shape) : new MatrixGroups(shape);
    whole = slice(end, workspace);
  }

  private static boolean few(Conv2dShape shape) {
    long in = shape.inChannels() / shape.groups();
    long out = shape.outChannels() / shape.groups();
    return in * out <= FEW;
  }

  @Override
  public GroupedSlice slice(OutputEnd end, Workspace workspace) {
    return new GroupedSlice(shape, way, () -> gradient, end, workspace);
  }

  @Override
  public void freezeWeight() {
    frozen.freeze();
  }

  @Override
  public void prepareForward(Floats weight) {
    if (!frozen.isLast(weight)) {
      way.prepareForward(weight);
      frozen.made(weight);
    }
  }

  @Override
  public void prepareBackward(Floats weight) {
    way.prepareBackward(weight);
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
      gradient = new GroupedGradient(shape, way.gradient(), workspace);
    }
  }

  @Override
  public boolean gradientsBySlices() {
    return true;
  }

  @Override
  public void beginGradients(int batch) {
    makeGradient();
    gradient.keep();
    gradient.begin(batch);
  }

  @Override
  public void endGradients(int batch, Floats dWeight, Floats dBias) {
    gradient.end(dWeight, dBias);
  }
}
