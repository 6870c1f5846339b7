// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * Half a cosine again and again, each beginning at the full rate (Loshchilov and Hutter, "SGDR:
 * stochastic gradient descent with warm restarts", 2017): PyTorch's CosineAnnealingWarmRestarts. In
 * step t of a cosine of T steps the rate is {@code end + (rate - end) / 2 * (1 + cos(pi * t / T))}.
 *
 * @param rate of the first step of each cosine
 * @param first steps of the first cosine
 * @param multiplier how many times longer each one is than the one before; at least 1
 * @param end what each falls to, not negative
 */
public record CosineRestarts(double rate, long first, int multiplier, double end)
    implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public CosineRestarts {
    Require.rate(rate);
    Require.positive("first", first);
    Require.positive("multiplier", multiplier);
    Require.notNegative("end", end);
  }

  /**
   * Cosines of one length that fall to 0.
   *
   * @param rate of the first step of each
   * @param every steps of each
   */
  public CosineRestarts(double rate, long every) {
    this(rate, every, 1, 0);
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    long t = step;
    long length = first;
    if (multiplier == 1) {
      t %= first;
    }
    while (t >= length) {
      t -= length;
      length = Math.multiplyExact(length, multiplier);
    }
    return (float) CosineDecay.along(rate, end, (double) t / length);
  }
}
