// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/**
 * Says how far the outputs of a network are from their targets: what training makes small.
 * Implementations describe a loss and are immutable; a {@link Pass} computes it.
 *
 * <p>Where the {@link Targets} have weights, the loss of each image and its gradient are multiplied
 * by its weight; a mean is still one over all N images.
 */
public interface Loss {
  /**
   * Prepares a computation: everything it needs is allocated here.
   *
   * @param output the shape of one output of the network
   * @param maxBatch the largest batch it will be given
   * @return the pass; not thread-safe
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or the loss does not
   *     accept {@code output}
   */
  Pass newPass(Shape output, int maxBatch);

  /**
   * How many classes labels may be of.
   *
   * @param output the shape of one output of the network
   * @return labels are from 0 to {@code classes(output) - 1}; by default one for each output
   */
  default int classes(Shape output) {
    return output.size();
  }

  /**
   * What the output of a network of one output is compared with to tell two classes apart.
   *
   * @return above it the image is of class 1; by default 0, for logits
   */
  default float threshold() {
    return 0;
  }

  /** A running computation of a loss. Allocates nothing. Not thread-safe. */
  interface Pass {
    /**
     * The loss alone.
     *
     * @param batch the number of images, N
     * @param y the outputs of the network, {@code [N, ...]}; unchanged
     * @param targets what they should be, for N images
     * @return the sum of the losses of the images: the mean loss, as this loss defines it, times N
     * @throws IllegalArgumentException if a target is not one for such outputs, or the batch
     *     exceeds {@code maxBatch}, the outputs or the targets; nothing is written then
     */
    double forward(int batch, Tensor y, Targets targets);

    /**
     * The loss and its gradient.
     *
     * @param batch the number of images, N
     * @param y the outputs of the network, {@code [N, ...]}; unchanged
     * @param targets what they should be, for N images
     * @param dy receives the gradient of the mean loss, of the shape of {@code y}; overwritten
     * @return the mean loss times N
     * @throws IllegalArgumentException as {@link #forward}, or if the batch exceeds {@code dy}
     */
    double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy);
  }
}
