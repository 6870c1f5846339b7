package dev.lanewise.layers;

/**
 * A pass that can take over the work of a {@link Relu} next to it, while the data is in the cache
 * or has not been written yet. The bits stay the same; only a pass over memory is saved. {@link
 * Chain} asks.
 */
interface Rectifying extends PerImage {
  /**
   * For a rectifier behind: {@code forward} shall end with {@code y = max(y, 0)}.
   *
   * @return whether it will from now on
   */
  default boolean rectifyOutput() {
    return false;
  }

  /**
   * For a rectifier in front, which made x: {@code backward} shall end with {@code dx = x <= 0 ? 0
   * : dx}, the gradient with respect to the input of the rectifier.
   *
   * @return whether it will from now on
   */
  default boolean rectifyGradient() {
    return false;
  }

  /**
   * For a rectifier in front that is left out: {@code forward} shall take {@code max(x, 0)} for x,
   * and {@code backward} the gradient with respect to x.
   *
   * @return whether they will from now on
   */
  default boolean rectifyInput() {
    return false;
  }
}
