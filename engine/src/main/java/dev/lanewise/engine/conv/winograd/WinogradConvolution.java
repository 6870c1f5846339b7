// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;

/**
 * The fast path for 3x3 kernels with stride 1: Winograd's F(4x4, 3x3) in all three passes. Its
 * products cost a quarter of the direct path's; its largest rounding errors are five to eight times
 * as large (docs/winograd.md), and do not depend on threads or vectors either.
 *
 * <p>Forward is {@link WinogradForward}; backward data is the same for dy with the flipped weights;
 * backward weights is {@link WinogradWeightGradient}.
 */
public final class WinogradConvolution implements ConvolutionMethod {
  private final Conv2dShape shape;
  private final int maxBatch;
  private final Workspace workspace;
  private final WinogradWeight weight;
  private final WinogradSlice whole; // of all images, by the team
  private FlippedWeight flipper;
  private WinogradWeight flippedWeight;
  private WinogradWeightGradient gradient;

  /** Prepares convolutions of a shape that the algorithm {@link #serves}, whose y has an end. */
  public WinogradConvolution(Conv2dShape shape, int maxBatch, OutputEnd end, Workspace workspace) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.workspace = workspace;
    weight = new WinogradWeight(shape, workspace);
    whole = newSlice(end, workspace);
    whole.reserveStream();
  }

  /**
   * Whether the algorithm serves a shape: 3x3, stride 1, no dilation, padding up to 2, and whole
   * vectors of channels.
   */
  public static boolean serves(Conv2dShape shape) {
    Window w = shape.grid().window();
    return w.kernelH() == 3
        && w.kernelW() == 3
        && w.strideH() == 1
        && w.strideW() == 1
        && w.dilationH() == 1
        && w.dilationW() == 1
        && shape.inChannels() % 16 == 0
        && shape.outChannels() % 16 == 0
        && FlippedWeight.flip(shape) != null;
  }

  /** Slices read the weights while other operations use the workspace. */
  @Override
  public WinogradSlice slice(OutputEnd end, Workspace workspace) {
    makeFlipped();
    weight.keep();
    flippedWeight.keep();
    return newSlice(end, workspace);
  }

  private WinogradSlice newSlice(OutputEnd end, Workspace workspace) {
    return new WinogradSlice(shape, weight, () -> flippedWeight, () -> gradient, end, workspace);
  }

  @Override
  public void freezeWeight() {
    weight.freeze();
  }

  @Override
  public void prepareForward(Floats weight) {
    this.weight.transform(weight);
  }

  @Override
  public void prepareBackward(Floats weight) {
    makeFlipped();
    flipper.set(weight);
    flippedWeight.transform(flipper.get());
  }

  private void makeFlipped() {
    if (flipper == null) {
      flipper = new FlippedWeight(shape, workspace.team());
      flippedWeight = new WinogradWeight(FlippedWeight.flip(shape), workspace);
    }
  }

  @Override
  public void forward(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate) {
    boolean streams = whole.streams(batch);
    if (!streams) {
      prepareForward(weight);
    }
    whole.forward(batch, x, streams ? weight : null, bias, y, gate);
  }

  @Override
  public void backwardData(int batch, Floats dy, Floats weight, Floats gate, Floats dx) {
    makeFlipped();
    whole.reserveBackward(); // before the weights are where they will be
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
      gradient = new WinogradWeightGradient(shape, maxBatch, workspace);
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
