// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * One cycle of the learning rate, up and down, and of the momentum, down and up (Smith and Topin,
 * "Super-convergence: very fast training of neural networks using large learning rates", 2018):
 * PyTorch's OneCycleLR. For {@code steps} steps, counted from 0:
 *
 * <pre>
 * low    = rate / divisor        end = low / finalDivisor        top = rise * steps - 1
 * rate   from low to rate in the steps from 0 to top, then to end in step number steps - 1
 * momentum from highMomentum to lowMomentum, and back
 * </pre>
 *
 * <p>Each of them along half a cosine, or a straight line. There is no step beyond the cycle. The
 * momentum is a schedule of its own:
 *
 * <pre>{@code
 * OneCycle cycle = new OneCycle(0.1, 1000);
 * Trainer.of(network).schedule(cycle).momentum(cycle.momentum()) ...
 * }</pre>
 *
 * @param rate the highest learning rate
 * @param steps of the cycle
 * @param rise the share of the steps in which the rate rises, from 0 to 1
 * @param divisor how many times lower than the highest the first rate is
 * @param finalDivisor how many times lower than the first the last rate is
 * @param lowMomentum where the rate is highest, from 0 to below 1
 * @param highMomentum at both ends, from 0 to below 1
 * @param linear whether along straight lines
 */
public record OneCycle(
    double rate,
    long steps,
    double rise,
    double divisor,
    double finalDivisor,
    double lowMomentum,
    double highMomentum,
    boolean linear)
    implements Schedule {
  /**
   * A cycle with PyTorch's numbers: a rise of 0.3, divisors of 25 and 10,000, a momentum from 0.95
   * to 0.85 and back, along cosines.
   *
   * @param rate the highest learning rate
   * @param steps of the cycle
   */
  public OneCycle(double rate, long steps) {
    this(rate, steps, 0.3, 25, 1e4, 0.85, 0.95, false);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public OneCycle {
    Require.rate(rate);
    Require.positive("steps", steps);
    Require.unit("rise", rise);
    Require.positive("divisor", divisor);
    Require.positive("finalDivisor", finalDivisor);
    Require.share("lowMomentum", lowMomentum);
    Require.share("highMomentum", highMomentum);
  }

  /**
   * The same with another rise.
   *
   * @param rise the share of the steps in which the rate rises, from 0 to 1
   * @return the new schedule
   */
  public OneCycle rise(double rise) {
    return new OneCycle(
        rate, steps, rise, divisor, finalDivisor, lowMomentum, highMomentum, linear);
  }

  /**
   * The same with other ends.
   *
   * @param divisor how many times lower than the highest the first rate is
   * @param finalDivisor how many times lower than the first the last rate is
   * @return the new schedule
   */
  public OneCycle divisors(double divisor, double finalDivisor) {
    return new OneCycle(
        rate, steps, rise, divisor, finalDivisor, lowMomentum, highMomentum, linear);
  }

  /**
   * The same with another momentum.
   *
   * @param low where the rate is highest, from 0 to below 1
   * @param high at both ends, from 0 to below 1
   * @return the new schedule
   */
  public OneCycle momenta(double low, double high) {
    return new OneCycle(rate, steps, rise, divisor, finalDivisor, low, high, linear);
  }

  /**
   * The same along straight lines, or cosines.
   *
   * @param linear whether along straight lines
   * @return the new schedule
   */
  public OneCycle linear(boolean linear) {
    return new OneCycle(
        rate, steps, rise, divisor, finalDivisor, lowMomentum, highMomentum, linear);
  }

  @Override
  public long last() {
    return steps - 1;
  }

  @Override
  public float rate(long step) {
    double low = rate / divisor;
    return (float) at(step, low, rate, low / finalDivisor);
  }

  /**
   * The momentum of each step.
   *
   * @return a schedule of as many steps
   */
  public Schedule momentum() {
    return new Momentum(this);
  }

  /** The momentum of a cycle. */
  private record Momentum(OneCycle cycle) implements Schedule {
    @Override
    public long last() {
      return cycle.last();
    }

    @Override
    public float rate(long step) {
      return (float) cycle.at(step, cycle.highMomentum, cycle.lowMomentum, cycle.highMomentum);
    }
  }

  private double at(long step, double first, double middle, double last) {
    Require.step(step, last());
    double top = rise * steps - 1;
    double end = steps - 1.0;
    if (step <= top) {
      return along(first, middle, top == 0 ? 0 : step / top);
    }
    return along(middle, last, (step - top) / (end - top));
  }

  private double along(double from, double to, double part) {
    return linear ? from + (to - from) * part : CosineDecay.along(from, to, part);
  }
}
