package dev.lanewise.layers.optim;

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
  /** Of the sine's power series: the next one is below 2^-60. */
  private static final int LAST_TERM = 21;

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
    return to + (from - to) / 2 * (1 + sine(Math.PI * (0.5 - part)));
  }

  /**
   * The sine of what is from -pi/2 to pi/2, by its power series: exact to a double or nearly so,
   * with the same bits everywhere. {@code StrictMath} would allocate.
   */
  private static double sine(double x) {
    double square = x * x;
    double sum = 1;
    for (int n = LAST_TERM; n > 1; n -= 2) {
      sum = 1 - square / (n * (n - 1)) * sum;
    }
    return x * sum;
  }
}
