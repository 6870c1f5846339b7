package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.run.ChannelScale;
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
   * @param scale of y; {@code null} for none
   */
  WinogradSlice(
      Conv2dShape shape,
      WinogradWeight weight,
      Supplier<WinogradWeight> flippedWeight,
      Supplier<WinogradWeightGradient> gradient,
      ChannelScale scale,
      Workspace workspace) {
    this.shape = shape;
    this.flippedWeight = flippedWeight;
    this.gradient = gradient;
    this.workspace = workspace;
    forward = new WinogradForward(shape, weight, scale, workspace);
  }

  @Override
  public void forward(int batch, Floats x, Floats bias, Floats y, Floats gate) {
    forward.run(batch, x, bias, y, gate);
  }

  /** Reserves what backward data needs. A workspace that grows moves the weights it holds. */
  void reserveBackward() {
    if (flipped == null) {
      flipped =
          new WinogradForward(FlippedWeight.flip(shape), flippedWeight.get(), null, workspace);
    }
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats gate, Floats dx) {
    reserveBackward();
    flipped.run(batch, dy, null, dx, gate);
  }

  @Override
  public void addGradients(int first, int images, Floats x, Floats dy) {
    gradient.get().add(first, images, x, dy, workspace);
  }
}
