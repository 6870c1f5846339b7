// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * An average of the weights that a training goes through, which often predicts better than the last
 * of them: exponential (Polyak and Juditsky, "Acceleration of stochastic approximation by
 * averaging", 1992), or equal, known as stochastic weight averaging (Izmailov and others,
 * "Averaging weights leads to wider optima and better generalization", 2018). As PyTorch's {@code
 * swa_utils} define them: the first update copies the weights w, and after n updates the next one
 * is
 *
 * <pre>
 * exponential  average = average + (1 - decay) * (w - average)
 * equal        average = average + (w - average) / (n + 1)
 * </pre>
 *
 * <p>Buffers, such as the running statistics of a batch normalisation, are copied, or averaged in
 * the same way; counters are always copied. {@link WeightAverage} does it. Immutable.
 *
 * @param decay how much of an exponential average is kept, from 0 to 1; NaN for an equal average
 * @param rising whether the decay begins lower: {@code min(decay, (1 + n) / (10 + n))}
 * @param from the first step whose weights are averaged, counted from 0
 * @param every of how many steps one is averaged
 * @param buffers whether buffers are averaged too
 */
public record Averaging(double decay, boolean rising, long from, long every, boolean buffers) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Averaging {
    if (!Double.isNaN(decay)) {
      Require.unit("decay", decay);
    }
    if (from < 0) {
      throw new IllegalArgumentException("from must not be negative, but is " + from);
    }
    Require.positive("every", every);
  }

  /**
   * An exponential average of every step.
   *
   * @param decay how much of it is kept, from 0 to 1, such as 0.999
   * @return the description
   * @throws IllegalArgumentException if the decay is not from 0 to 1
   */
  public static Averaging exponential(double decay) {
    Require.unit("decay", decay);
    return new Averaging(decay, false, 0, 1, false);
  }

  /**
   * An equal average of every step.
   *
   * @return the description
   */
  public static Averaging equal() {
    return new Averaging(Double.NaN, false, 0, 1, false);
  }

  /**
   * The same with a decay that begins lower, so that the first weights are soon forgotten.
   *
   * @return the new description
   */
  public Averaging warmUp() {
    return new Averaging(decay, true, from, every, buffers);
  }

  /**
   * The same from a later step on.
   *
   * @param step the first step whose weights are averaged, counted from 0
   * @return the new description
   */
  public Averaging from(long step) {
    return new Averaging(decay, rising, step, every, buffers);
  }

  /**
   * The same of fewer steps, such as the last one of each epoch.
   *
   * @param steps of how many one is averaged: the last
   * @return the new description
   */
  public Averaging every(long steps) {
    return new Averaging(decay, rising, from, steps, buffers);
  }

  /**
   * The same with or without averages of buffers.
   *
   * @param buffers whether they are averaged, not copied
   * @return the new description
   */
  public Averaging buffers(boolean buffers) {
    return new Averaging(decay, rising, from, every, buffers);
  }

  /** Whether the weights after a step are averaged. */
  boolean takes(long step) {
    return step >= from && (step - from + 1) % every == 0;
  }

  /** The share of the new weights, after n updates. */
  float gain(long n) {
    if (n == 0) {
      return 1;
    }
    if (Double.isNaN(decay)) {
      return (float) (1.0 / (n + 1));
    }
    return (float) (1 - (rising ? Math.min(decay, (1.0 + n) / (10.0 + n)) : decay));
  }
}
