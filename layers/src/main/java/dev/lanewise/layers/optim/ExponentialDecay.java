// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * A rate that falls in every step: {@code rate * factor^(step / steps)}. With 1 step this is
 * PyTorch's ExponentialLR, with the steps of an epoch the same factor for each epoch, smoothly.
 *
 * @param rate of the first step
 * @param factor what it has been multiplied by after so many steps, from above 0 to 1
 * @param steps how many
 */
public record ExponentialDecay(double rate, double factor, long steps) implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public ExponentialDecay {
    Require.rate(rate);
    Require.factor(factor);
    Require.positive("steps", steps);
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    return (float) (rate * StrictMath.pow(factor, (double) step / steps));
  }
}
