// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * Groups of many channels: for each group the products of a direct convolution, with the patches of
 * its channels on the left ({@link MatrixForward}). Its weights and results are columns of those of
 * all groups, and are used where they lie. Backward data is, for stride 1, a forward convolution of
 * dy with the flipped weights, otherwise {@link MatrixBackward}; backward weights is {@link
 * MatrixGradient}.
 */
final class MatrixGroups implements GroupedWay {
  private final Conv2dShape shape;
  private final Conv2dShape flippedShape; // null: backward data goes through col2im
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final FlippedWeight flipped;
  private Floats weight;
  private Floats transposed; // [OC, KH * KW * C/G]; made when first needed

  MatrixGroups(Conv2dShape shape) {
    this.shape = shape;
    flippedShape = FlippedWeight.flip(shape);
    flipped = new FlippedWeight(shape, WorkerTeam.single());
  }

  @Override
  public void prepareForward(Floats weight) {
    this.weight = weight;
  }

  @Override
  public void prepareBackward(Floats weight) {
    if (flippedShape != null) {
      flipped.set(weight);
      return;
    }
    int patch = shape.patchSize();
    int channels = shape.outChannels();
    if (transposed == null) {
      transposed =
          new Floats(new float[shape.weightSize() + Padding.FLOATS], 0, shape.weightSize());
    }
    matrix.transpose(
        patch, channels, weight.data, weight.offset, channels, transposed.data, 0, patch);
  }

  @Override
  public Band forward() {
    return new MatrixForward(shape, () -> weight);
  }

  @Override
  public Band backward() {
    return flippedShape == null
        ? new MatrixBackward(shape, () -> transposed)
        : new MatrixForward(flippedShape, flipped::get);
  }

  @Override
  public Gradient gradient() {
    return new MatrixGradient(shape);
  }
}
