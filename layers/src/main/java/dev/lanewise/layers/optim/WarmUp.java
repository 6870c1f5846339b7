// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import java.util.Objects;

/**
 * A straight rise to the first rate of another schedule, which then takes its course (Goyal and
 * others, "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017). In step number
 * {@code step} of the rise the rate is {@code after.rate(0) * (start + (1 - start) * step /
 * steps)}: PyTorch's LinearLR in front of another, by a SequentialLR. Ends where the other one
 * does.
 *
 * @param after what follows, from its step 0 on
 * @param steps of the rise
 * @param start the share of the rate in the first step, from 0 to 1
 */
public record WarmUp(Schedule after, long steps, double start) implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public WarmUp {
    Objects.requireNonNull(after);
    Require.positive("steps", steps);
    Require.unit("start", start);
  }

  /**
   * A rise from 0.
   *
   * @param after what follows, from its step 0 on
   * @param steps of the rise
   */
  public WarmUp(Schedule after, long steps) {
    this(after, steps, 0);
  }

  @Override
  public long last() {
    long last = after.last();
    return last > Long.MAX_VALUE - steps ? Long.MAX_VALUE : last + steps;
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    return step < steps
        ? (float) (after.rate(0) * (start + (1 - start) * step / steps))
        : after.rate(step - steps);
  }
}
