package dev.lanewise.layers;

import dev.lanewise.engine.run.Workspace;

/**
 * A pass that treats every image by itself and remembers nothing of {@code forward} that the
 * gradients of the parameters need. Images of one batch may then go through several passes, each in
 * a thread of its own, and {@link #backwardParameters} through yet another: {@link Network} does
 * so, see {@link Lanes}.
 */
interface PerImage extends Layer.Pass {
  /**
   * Another pass of the same layer, for {@code forward} and {@link #backwardData} of some images,
   * and {@link #addParameters} where that is possible.
   *
   * @param images at most
   * @param workspace the threads and scratch memory to use
   * @return a pass that reads what the prepare methods of this one left, adds to its sums in {@link
   *     #addParameters}, and else shares nothing that changes
   */
  PerImage lane(int images, Workspace workspace);

  /** Says that, until the next call, the parameters do not change. */
  default void fixParameters() {}

  /** Prepares the parameters for {@code forward} of the lanes. */
  default void prepareForward() {}

  /** Prepares the parameters for {@link #backwardData} of the lanes. */
  default void prepareBackward() {}

  /**
   * Whether lanes can do what {@link #backwardParameters} does: between {@link #beginParameters}
   * and {@link #endParameters} of this one their {@link #addParameters}, for every image.
   */
  default boolean parametersByLanes() {
    return true;
  }

  /** Before the lanes: begins the gradients of the parameters. */
  default void beginParameters(int batch) {}

  /**
   * Of a lane: takes some images into the gradients of the parameters; the other arguments are as
   * in {@link #backwardParameters}. Images of the first half of the batch come one after the other,
   * and so do those of the second, which may come at the same time.
   *
   * @param first the number of the first of these images in the batch
   */
  default void addParameters(int first, int images, Tensor x, Tensor dy) {}

  /** After the lanes: adds to the gradients of the parameters. */
  default void endParameters() {}

  /**
   * The part of {@link #backward} that computes {@code dx}; arguments as there, dx not {@code
   * null}.
   */
  void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx);

  /**
   * The part of {@link #backward} that adds to the gradients of the parameters; arguments as there.
   */
  default void backwardParameters(int batch, Tensor x, Tensor dy) {}

  @Override
  default void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    backwardParameters(batch, x, dy); // first: dx may be dy
    if (dx != null) {
      backwardData(batch, x, y, dy, dx);
    }
  }
}
