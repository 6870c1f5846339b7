// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * A rate that falls at regular intervals, such as every 30 epochs: {@code rate * factor^(step /
 * every)}, with the quotient rounded down. PyTorch's StepLR.
 *
 * @param rate of the first steps
 * @param factor what each interval multiplies it by, from above 0 to 1
 * @param every steps of an interval
 */
public record StepDecay(double rate, double factor, long every) implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public StepDecay {
    Require.rate(rate);
    Require.factor(factor);
    Require.positive("every", every);
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    return (float) (rate * StrictMath.pow(factor, step / every));
  }
}
