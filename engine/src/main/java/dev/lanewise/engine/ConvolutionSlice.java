// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.ConvolutionMethod;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * Some images of a batch of a {@link Convolution}, for one thread: slices work on different images
 * at the same time, with the weight that the whole convolution has last prepared. Made by {@link
 * Convolution#slice}.
 *
 * <p>Not thread-safe; different slices may run at the same time if their workspaces share no
 * memory. Allocates nothing in later calls.
 */
public final class ConvolutionSlice {
  private final Conv2dShape shape;
  private final int maxBatch;
  private final Epilogue epilogue;
  private final ConvolutionMethod.Slice method;
  private final GradientBatch gradients; // of the whole convolution

  ConvolutionSlice(
      Conv2dShape shape,
      int maxBatch,
      Epilogue epilogue,
      ConvolutionMethod.Slice method,
      GradientBatch gradients) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.epilogue = epilogue;
    this.method = method;
    this.gradients = gradients;
  }

  /**
   * Computes y, as {@link Convolution#forward} does for a batch, with the weight of the last {@link
   * Convolution#prepareForward}.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param bias {@code [OC]}, or {@code null} for none
   * @param y receives {@code [N, OH, OW, OC]}
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand is too
   *     short, or y overlaps an input; y is unchanged then
   */
  public void forward(int batch, Floats x, Floats bias, Floats y) {
    ConvolutionOperands.forward(shape, maxBatch, batch, x, bias, y);
    method.forward(batch, x, bias, y, epilogue.gate(y));
  }

  /**
   * Computes dx, as {@link Convolution#backwardData} does for a batch, with the weight of the last
   * {@link Convolution#prepareBackward}.
   *
   * @param batch number of images, N
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param gate {@code [N, H, W, C]}, or {@code null} for none; then {@code dx = gate <= 0 ? 0 :
   *     dx}
   * @param dx receives {@code [N, H, W, C]}
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand is too
   *     short, or dx overlaps an input; dx is unchanged then
   */
  public void backwardData(int batch, Floats dy, Floats gate, Floats dx) {
    ConvolutionOperands.backwardData(shape, maxBatch, batch, dy, gate, dx);
    method.backwardData(batch, dy, gate, dx);
  }

  /**
   * Takes some images into the gradients of a batch. The batch has {@code BatchParts.COUNT} parts
   * ({@code BatchParts.first}): images of a part come one after the other; two slices may bring
   * images of different parts at the same time.
   *
   * @param first the number of the first image in the batch
   * @param images how many
   * @param x {@code [images, H, W, C]}
   * @param dy gradient with respect to y, {@code [images, OH, OW, OC]}
   * @throws IllegalArgumentException if images is not from 0 to {@code maxBatch}, the batch that
   *     was begun does not have them, or an operand is too short
   * @throws IllegalStateException if no batch was begun
   */
  public void addGradients(int first, int images, Floats x, Floats dy) {
    int begun = gradients.images();
    Check.atMost("images", images, maxBatch);
    Check.atMost("first image", first, begun - images);
    Operands.holds("x", x, (long) images * shape.inputSize());
    Operands.holds("dy", dy, (long) images * shape.outputSize());
    method.addGradients(first, images, x, dy);
  }
}
