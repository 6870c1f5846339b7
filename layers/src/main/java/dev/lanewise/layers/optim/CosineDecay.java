// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.math.Sine;

/**
 * A rate that falls to its end along half a cosine (Loshchilov and Hutter, "SGDR: stochastic
 * gradient descent with warm restarts", 2017): {@code end + (rate - end) / 2 * (1 + cos(pi * step /
 * steps))}. PyTorch's CosineAnnealingLR in its closed form. The schedule ends with step number
 * {@code steps}, after which that cosine would rise again; {@link #hold} goes on with the last
 * rate.
 *
 * @param rate of the first step
 * @param steps after how many steps the end is reached
 * @param end the last rate, not negative
 */
public record CosineDecay(double rate, long steps, double end) implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public CosineDecay {
    Require.rate(rate);
    Require.positive("steps", steps);
    Require.notNegative("end", end);
  }

  /**
   * A cosine to 0.
   *
   * @param rate of the first step
   * @param steps after how many steps it is 0
   */
  public CosineDecay(double rate, long steps) {
    this(rate, steps, 0);
  }

  @Override
  public long last() {
    return steps;
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    return (float) along(rate, end, (double) step / steps);
  }

  /** From one value to another along half a cosine: {@code part} is 0 at first, 1 at the end. */
  static double along(double from, double to, double part) {
    return to + (from - to) / 2 * (1 + Sine.sin(Math.PI * (0.5 - part)));
  }
}
