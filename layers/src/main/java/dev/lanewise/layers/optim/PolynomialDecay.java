// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * A rate that falls to its end along a power: {@code end + (rate - end) * (1 - step /
 * steps)^power}. With a power of 1 it falls in a straight line. PyTorch's PolynomialLR, whose end
 * is 0. The schedule ends with step number {@code steps}; {@link #hold} goes on.
 *
 * @param rate of the first step
 * @param steps after how many steps the end is reached
 * @param power positive
 * @param end the last rate, not negative
 */
public record PolynomialDecay(double rate, long steps, double power, double end)
    implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public PolynomialDecay {
    Require.rate(rate);
    Require.positive("steps", steps);
    Require.positive("power", power);
    Require.notNegative("end", end);
  }

  /**
   * A straight line to 0.
   *
   * @param rate of the first step
   * @param steps after how many steps it is 0
   */
  public PolynomialDecay(double rate, long steps) {
    this(rate, steps, 1, 0);
  }

  @Override
  public long last() {
    return steps;
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    return (float) (end + (rate - end) * StrictMath.pow(1 - (double) step / steps, power));
  }
}
