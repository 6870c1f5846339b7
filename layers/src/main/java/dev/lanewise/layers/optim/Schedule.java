package dev.lanewise.layers.optim;

/**
 * The learning rate of each step. A schedule depends on the number of the step alone, so that a
 * training that is resumed goes on with the same rates. Implementations are immutable.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * The rate of a step. Allocates nothing.
   *
   * @param step how many steps have been made before, in all epochs
   * @return the learning rate; finite, not negative
   */
  float rate(long step);

  /**
   * The same rate in every step.
   *
   * @param rate finite and positive
   * @return the schedule
   * @throws IllegalArgumentException if the rate is not finite and positive
   */
  static Schedule constant(float rate) {
    if (!(rate > 0 && rate < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the learning rate must be finite and positive, but is " + rate);
    }
    return step -> rate;
  }
}
