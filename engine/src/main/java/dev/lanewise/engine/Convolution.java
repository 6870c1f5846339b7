// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.conv.direct.DirectConvolution;
import dev.lanewise.engine.conv.grouped.GroupedConvolution;
import dev.lanewise.engine.conv.winograd.WinogradConvolution;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * A two-dimensional convolution (cross-correlation, as everywhere in deep learning) of a batch, in
 * its three passes: forward, backward data and backward weights.
 *
 * <pre>
 * y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n, oy*s-p+ky*d, ox*s-p+kx*d, c] * w[ky,kx,c,oc]
 * </pre>
 *
 * <p>With G groups of channels, c runs over the C/G channels of the group of oc.
 *
 * <p>Layouts: x {@code [N, H, W, C]}, weight {@code [KH, KW, C/G, OC]}, y {@code [N, OH, OW, OC]},
 * all row-major and contiguous. Results depend on the values and the shapes alone, never on the
 * number of threads or the width of the vectors.
 *
 * <p>An instance uses a workspace, and what it needs there is made when a pass first runs: it is
 * not thread-safe, and allocates nothing in later calls.
 */
public final class Convolution {
  /** Which algorithm computes the passes. */
  public enum Algorithm {
    /** The fastest for the shape: Winograd where it applies, else {@link #DIRECT}. */
    AUTO,
    /** Every product of the definition, with one rounding each. */
    DIRECT
  }

  private final Conv2dShape shape;
  private final int maxBatch;
  private final Epilogue epilogue;
  private final ConvolutionMethod method;
  private final OutputEnd end;
  private final GradientBatch gradients = new GradientBatch();

  /**
   * Prepares convolutions of one shape.
   *
   * @param shape the shapes
   * @param maxBatch the largest batch that will be passed
   * @param algorithm how to compute them
   * @param epilogue what ends the forward pass
   * @param workspace the threads and the scratch memory to use, perhaps shared with other
   *     operations
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or a batch has more than
   *     2^31 - 1 elements
   */
  public Convolution(
      Conv2dShape shape,
      int maxBatch,
      Algorithm algorithm,
      Epilogue epilogue,
      Workspace workspace) {
    this(shape, maxBatch, algorithm, epilogue, null, workspace);
  }

  /**
   * Prepares convolutions of one shape whose output channels are scaled, before the epilogue, while
   * they are in the cache: as by a batch normalisation with known statistics.
   *
   * @param shape the shapes
   * @param maxBatch the largest batch that will be passed
   * @param algorithm how to compute them
   * @param epilogue what ends the forward pass
   * @param scale of the output; its values are read in each forward pass. {@code null} for none
   * @param workspace the threads and the scratch memory to use, perhaps shared with other
   *     operations
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, a batch has more than
   *     2^31 - 1 elements, or the scale is for another number of channels
   */
  public Convolution(
      Conv2dShape shape,
      int maxBatch,
      Algorithm algorithm,
      Epilogue epilogue,
      ChannelScale scale,
      Workspace workspace) {
    this(shape, maxBatch, algorithm, epilogue, scale, null, workspace);
  }

  /**
   * Prepares convolutions of one shape whose output a function ends, after the scale and the
   * epilogue: as by an activation function.
   *
   * @param shape the shapes
   * @param maxBatch the largest batch that will be passed
   * @param algorithm how to compute them
   * @param epilogue what follows the scale
   * @param scale of the output; its values are read in each forward pass. {@code null} for none
   * @param function applied to each element of the output, by the workers of the team; {@code null}
   *     for none
   * @param workspace the threads and the scratch memory to use, perhaps shared with other
   *     operations
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, a batch has more than
   *     2^31 - 1 elements, or the scale is for another number of channels
   */
  public Convolution(
      Conv2dShape shape,
      int maxBatch,
      Algorithm algorithm,
      Epilogue epilogue,
      ChannelScale scale,
      ElementFunction function,
      Workspace workspace) {
    Check.positive("maxBatch", maxBatch);
    Check.intProduct("input", maxBatch, shape.inputSize());
    Check.intProduct("output", maxBatch, shape.outputSize());
    if (scale != null && scale.channels() != shape.outChannels()) {
      throw new IllegalArgumentException(
          "the scale is for "
              + scale.channels()
              + " channels, but the output has "
              + shape.outChannels());
    }
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.epilogue = epilogue;
    end = new OutputEnd(scale, function);
    method = method(shape, maxBatch, algorithm, end, workspace);
  }

  private static ConvolutionMethod method(
      Conv2dShape shape, int maxBatch, Algorithm algorithm, OutputEnd end, Workspace workspace) {
    if (shape.groups() > 1) {
      return new GroupedConvolution(shape, end, workspace);
    }
    return usesWinograd(shape, algorithm)
        ? new WinogradConvolution(shape, maxBatch, end, workspace)
        : new DirectConvolution(shape, maxBatch, end, workspace);
  }

  /**
   * A slice of the same convolution, without a function at its end; see the other method.
   *
   * @param maxBatch the largest number of images that will be passed to the slice
   * @param workspace the threads and the memory that the slice uses
   * @return the slice
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public ConvolutionSlice slice(int maxBatch, Workspace workspace) {
    return slice(maxBatch, null, workspace);
  }

  /**
   * A slice of the same convolution for another thread. Slices compute {@code forward} and {@code
   * backwardData} of different images at the same time, with a weight that is prepared once, by
   * this convolution and its team: {@link #prepareForward} and {@link #prepareBackward}. Where
   * {@link #gradientsBySlices} says so, also the gradients of weight and bias.
   *
   * @param maxBatch the largest number of images that will be passed to the slice
   * @param function applied to each element of the output; {@code null} for none
   * @param workspace the threads and the memory that the slice uses
   * @return a slice that shares nothing that changes with this one or others, but the prepared
   *     weight and the sums of {@link ConvolutionSlice#addGradients}
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public ConvolutionSlice slice(int maxBatch, ElementFunction function, Workspace workspace) {
    Check.positive("maxBatch", maxBatch);
    return new ConvolutionSlice(
        shape, maxBatch, epilogue, method.slice(end.with(function), workspace), gradients);
  }

  /**
   * Declares the weight frozen: what {@link #forward} derives from it is then derived once. To be
   * called again after each change; until then, forward may use the weight as it was.
   */
  public void freezeWeight() {
    method.freezeWeight();
  }

  /**
   * Prepares the weight for {@link ConvolutionSlice#forward}.
   *
   * @param weight {@code [KH, KW, C/G, OC]}
   * @throws IllegalArgumentException if it is too short
   */
  public void prepareForward(Floats weight) {
    Operands.holds("weight", weight, shape.weightSize());
    method.prepareForward(weight);
  }

  /**
   * Prepares the weight for {@link ConvolutionSlice#backwardData}.
   *
   * @param weight {@code [KH, KW, C/G, OC]}
   * @throws IllegalArgumentException if it is too short
   */
  public void prepareBackward(Floats weight) {
    Operands.holds("weight", weight, shape.weightSize());
    method.prepareBackward(weight);
  }

  /**
   * Computes y, the scale and the epilogue included.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param weight {@code [KH, KW, C/G, OC]}
   * @param bias {@code [OC]}, or {@code null} for none
   * @param y receives {@code [N, OH, OW, OC]}
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand is too
   *     short, or y overlaps an input; y is unchanged then
   */
  public void forward(int batch, Floats x, Floats weight, Floats bias, Floats y) {
    ConvolutionOperands.forward(shape, maxBatch, batch, x, bias, y);
    ConvolutionOperands.weight(shape, weight, "y", y, (long) batch * shape.outputSize());
    method.forward(batch, x, weight, bias, y, epilogue.gate(y));
  }

  /**
   * Computes dx, the gradient with respect to x: each dy, times each weight, goes back to the pixel
   * that the weight was multiplied with. With a gate, the output of a rectifier that made x, dx is
   * the gradient with respect to the input of that rectifier, applied while dx is in the cache.
   *
   * @param batch number of images, N
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param weight {@code [KH, KW, C/G, OC]}
   * @param gate {@code [N, H, W, C]}, or {@code null} for none; then {@code dx = gate <= 0 ? 0 :
   *     dx}
   * @param dx receives {@code [N, H, W, C]}
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand is too
   *     short, or dx overlaps an input; dx is unchanged then
   */
  public void backwardData(int batch, Floats dy, Floats weight, Floats gate, Floats dx) {
    ConvolutionOperands.backwardData(shape, maxBatch, batch, dy, gate, dx);
    ConvolutionOperands.weight(shape, weight, "dx", dx, (long) batch * shape.inputSize());
    method.backwardData(batch, dy, weight, gate, dx);
  }

  /**
   * Adds the gradients with respect to weight and bias to {@code dWeight} and {@code dBias}.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param dWeight {@code [KH, KW, C/G, OC]}, added to
   * @param dBias {@code [OC]}, added to; or {@code null} for none
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand is too
   *     short, or an output overlaps another operand; the outputs are unchanged then
   */
  public void backwardWeights(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias) {
    ConvolutionOperands.backwardWeights(shape, maxBatch, batch, x, dy, dWeight, dBias);
    method.backwardWeights(batch, x, dy, dWeight, dBias);
  }

  /**
   * Whether slices can do what {@link #backwardWeights} does, to the same bits: {@link
   * #beginGradients}, then {@link ConvolutionSlice#addGradients} for every image, then {@link
   * #endGradients}. They cannot where each sum runs over the images of the whole batch.
   *
   * @return whether those methods may be called
   */
  public boolean gradientsBySlices() {
    return method.gradientsBySlices();
  }

  /**
   * What {@link #gradientsBySlices()} says of a convolution that has not been made.
   *
   * @param shape the shapes
   * @param algorithm how it would be computed
   * @return whether slices could compute its gradients
   */
  public static boolean gradientsBySlices(Conv2dShape shape, Algorithm algorithm) {
    return shape.groups() > 1
        || usesWinograd(shape, algorithm)
        || DirectConvolution.gradientsBySlices(shape);
  }

  private static boolean usesWinograd(Conv2dShape shape, Algorithm algorithm) {
    return algorithm == Algorithm.AUTO && shape.groups() == 1 && WinogradConvolution.serves(shape);
  }

  /**
   * Begins the gradients of a batch, before the slices.
   *
   * @param batch number of images, N
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}
   * @throws IllegalStateException if {@link #gradientsBySlices} is false
   */
  public void beginGradients(int batch) {
    if (!gradientsBySlices()) {
      throw new IllegalStateException("slices cannot compute the gradients of this weight");
    }
    Check.atMost("batch", batch, maxBatch);
    gradients.begin(batch);
    method.beginGradients(batch);
  }

  /**
   * Adds the gradients of the batch, after the slices.
   *
   * @param dWeight {@code [KH, KW, C/G, OC]}, added to
   * @param dBias {@code [OC]}, added to; or {@code null} for none
   * @throws IllegalArgumentException if an output is too short, or they overlap
   * @throws IllegalStateException if no batch was begun since the last end
   */
  public void endGradients(Floats dWeight, Floats dBias) {
    int batch = gradients.images();
    ConvolutionOperands.gradients(shape, dWeight, dBias);
    method.endGradients(batch, dWeight, dBias);
    gradients.end();
  }
}
