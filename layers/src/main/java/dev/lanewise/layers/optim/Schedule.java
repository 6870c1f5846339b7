// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * The learning rate of each step, or its momentum. A schedule depends on the number of the step
 * alone, so that a training that is resumed goes on with the same rates. Implementations are
 * immutable.
 *
 * <p>A schedule may end: then a step beyond its {@link #last} is refused, and a {@code Trainer}
 * refuses a training of so many steps before it begins. {@link #hold} makes one that goes on with
 * the last rate.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * The rate of a step. Allocates nothing.
   *
   * @param step how many steps have been made before, in all epochs
   * @return the learning rate; finite, not negative
   * @throws IllegalArgumentException if the step is negative, or beyond {@link #last}
   */
  float rate(long step);

  /**
   * The last step that has a rate.
   *
   * @return {@link Long#MAX_VALUE} for a schedule without an end
   */
  default long last() {
    return Long.MAX_VALUE;
  }

  /**
   * The same, and after its end the rate of its last step.
   *
   * @return a schedule without an end
   */
  default Schedule hold() {
    return step -> rate(Math.min(step, last()));
  }

  /**
   * The same rate in every step.
   *
   * @param rate finite and positive
   * @return the schedule
   * @throws IllegalArgumentException if the rate is not finite and positive
   */
  static Schedule constant(float rate) {
    Require.rate(rate);
    return step -> rate;
  }
}
