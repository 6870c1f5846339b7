// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/**
 * A running computation of one layer. It may keep what backward needs of forward. Allocates nothing
 * once a batch of the largest size has gone both ways. Not thread-safe.
 *
 * <p>All tensors are {@code [maxBatch, H, W, C]}; those of the running batch are the first {@link
 * Context#images}. A layer of one input implements {@link UnaryPass}, where x and dx are single
 * tensors.
 */
public interface Pass {
  /**
   * Computes y from x.
   *
   * @param context the moment
   * @param x the inputs; unchanged unless y is the same
   * @param y the output; overwritten
   */
  void forward(Context context, Tensor[] x, Tensor y);

  /**
   * Computes dx from dy. x and y are those of the last {@link #forward}.
   *
   * @param context the moment, as in the last forward
   * @param x the inputs of the forward pass; unchanged
   * @param y the output of the forward pass; unchanged
   * @param dy the gradient of the loss with respect to y; unchanged unless dx is the same
   * @param dx the gradient of the loss with respect to each x, overwritten; {@code null} where
   *     nobody needs it, as for the images
   */
  void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx);

  /**
   * Adds to the gradients of the layer's parameters; arguments as in {@link #backwardData}.
   *
   * @param context the moment
   * @param x the inputs of the forward pass
   * @param y the output of the forward pass
   * @param dy the gradient of the loss with respect to y
   */
  default void backwardParameters(Context context, Tensor[] x, Tensor y, Tensor dy) {}

  /**
   * Both of these, parameters first, since dx may be dy.
   *
   * @param context the moment
   * @param x the inputs of the forward pass
   * @param y the output of the forward pass
   * @param dy the gradient of the loss with respect to y
   * @param dx receives the gradients with respect to x; {@code null} where nobody needs it
   */
  default void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
    backwardParameters(context, x, y, dy);
    for (Tensor wanted : dx) {
      if (wanted != null) {
        backwardData(context, x, y, dy, dx);
        return;
      }
    }
  }

  /**
   * Declares the parameters frozen until the next call: what forward makes of them may be made
   * once. For inference.
   */
  default void freezeParameters() {}

  /**
   * Of the whole batch, before its slices go forward: prepares the parameters for all of them. A
   * {@linkplain Layer#newSlicePass slice} finds them prepared, and changes nothing that is shared.
   */
  default void prepareForward() {}

  /** The same before its slices go back, as far as they compute a dx. */
  default void prepareBackward() {}

  /**
   * Before slices of a batch go back, for {@link Trait#GRADIENTS_BY_SLICES}: begins the gradients.
   *
   * @param batch the number of images in all slices
   */
  default void beginGradients(int batch) {}

  /**
   * Of a slice, for {@link Trait#GRADIENTS_BY_SLICES}: takes its images into the gradients of the
   * batch. A batch has two parts, from image 0 and {@code batch / 2} on. Images of a part come one
   * after the other; two threads may bring images of different parts at the same time.
   *
   * @param context which images they are
   * @param x the inputs of the forward pass
   * @param dy the gradient of the loss with respect to y
   */
  default void addGradients(Context context, Tensor[] x, Tensor dy) {
    throw new UnsupportedOperationException("this layer has no gradients by slices");
  }

  /** After the slices, for {@link Trait#GRADIENTS_BY_SLICES}: adds to the parameters' gradients. */
  default void endGradients() {}
}
