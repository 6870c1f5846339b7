// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/** A {@link Pass} of a layer with one input. */
public interface UnaryPass extends Pass {
  /**
   * Computes y from x.
   *
   * @param context the moment
   * @param x the input; unchanged unless y is the same
   * @param y the output; overwritten
   */
  void forward(Context context, Tensor x, Tensor y);

  /**
   * Computes dx from dy. x and y are those of the last {@link #forward}.
   *
   * @param context the moment, as in the last forward
   * @param x the input of the forward pass; unchanged
   * @param y the output of the forward pass; unchanged
   * @param dy the gradient of the loss with respect to y; unchanged unless dx is the same
   * @param dx the gradient of the loss with respect to x; overwritten
   */
  void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx);

  /**
   * Adds to the gradients of the layer's parameters; arguments as in {@link #backwardData}.
   *
   * @param context the moment
   * @param x the input of the forward pass
   * @param y the output of the forward pass
   * @param dy the gradient of the loss with respect to y
   */
  default void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {}

  /**
   * Of a slice: takes its images into the gradients of the batch.
   *
   * @param context which images they are
   * @param x the input of the forward pass
   * @param dy the gradient of the loss with respect to y
   */
  default void addGradients(Context context, Tensor x, Tensor dy) {
    throw new UnsupportedOperationException("this layer has no gradients by slices");
  }

  @Override
  default void forward(Context context, Tensor[] x, Tensor y) {
    forward(context, x[0], y);
  }

  @Override
  default void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
    backwardData(context, x[0], y, dy, dx[0]);
  }

  @Override
  default void backwardParameters(Context context, Tensor[] x, Tensor y, Tensor dy) {
    backwardParameters(context, x[0], y, dy);
  }

  @Override
  default void addGradients(Context context, Tensor[] x, Tensor dy) {
    addGradients(context, x[0], dy);
  }
}
