// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.function.Supplier;

/** The passes of a {@link WinogradConvolution} with weights that are transformed. */
final class WinogradSlice implements ConvolutionMethod.Slice {
  private final Conv2dShape shape;
  private final Supplier<WinogradWeight> flippedWeight;
  private final Supplier<WinogradWeightGradient> gradient;
  private final Workspace workspace;
  private final WinogradForward forward;
  private WinogradForward flipped;

  /**
   * @param weight transformed for forward
   * @param flippedWeight transformed for backward data, once that is prepared
   * @param gradient the sums of the batch, once they are begun
   * @param end of y
   */
  WinogradSlice(
      Conv2dShape shape,
      WinogradWeight weight,
      Supplier<WinogradWeight> flippedWeight,
      Supplier<WinogradWeightGradient> gradient,
      OutputEnd end,
      Workspace workspace) {
    this.shape = shape;
    this.flippedWeight = flippedWeight;
    this.gradient = gradient;
    this.workspace = workspace;
    forward = new WinogradForward(shape, weight, end, workspace);
  }

  /** Reserves what forward needs where it takes the weight as it is. */
  void reserveStream() {
    forward.reserveStream();
  }

  /** Whether forward takes the weight as it is. */
  boolean streams(int batch) {
    return forward.streams(batch);
  }

  /** With a weight if it {@link #streams} it, else {@code null}. */
  void forward(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate) {
    forward.run(batch, x, weight, bias, y, gate);
  }

  @Override
  public void forward(int batch, Floats x, Floats bias, Floats y, Floats gate) {
    forward.run(batch, x, null, bias, y, gate);
  }

  /** Reserves what backward data needs. A workspace that grows moves the weights it holds. */
  void reserveBackward() {
    if (flipped == null) {
      flipped =
          new WinogradForward(
              FlippedWeight.flip(shape), flippedWeight.get(), OutputEnd.NONE, workspace);
    }
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats gate, Floats dx) {
    reserveBackward();
    flipped.run(batch, dy, null, null, dx, gate);
  }

  @Override
  public void addGradients(int first, int images, Floats x, Floats dy) {
    gradient.get().add(first, images, x, dy, workspace);
  }
}
