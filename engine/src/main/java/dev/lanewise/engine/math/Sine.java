// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

/**
 * Sine and cosine in double precision, by their power series within an eighth of a turn: with the
 * same bits on every machine. {@code StrictMath}, too, has those, but allocates.
 */
public final class Sine {
  private static final double QUARTER = Math.PI / 2;

  /** Terms up to x^18 and x^19: at an eighth of a turn the next one is below a rounding. */
  private static final int LAST = 18;

  private Sine() {}

  /**
   * The sine.
   *
   * @param angle in radians, finite; of a few turns at most, since each costs a rounding of 2 pi
   * @return within 3e-16 for a quarter of a turn, and 1e-15 for a whole one
   */
  public static double sin(double angle) {
    return quarters(angle, 0);
  }

  /**
   * The cosine.
   *
   * @param angle in radians, as for {@link #sin}
   * @return as exact; 1 for 0
   */
  public static double cos(double angle) {
    return quarters(angle, 1);
  }

  /** The sine of an angle and some quarters of a turn. */
  private static double quarters(double angle, int more) {
    double whole = Math.rint(angle / QUARTER);
    double x = angle - whole * QUARTER;
    return switch (Math.floorMod((int) whole + more, 4)) {
      case 0 -> x * series(x * x, 1);
      case 1 -> series(x * x, 0);
      case 2 -> -x * series(x * x, 1);
      default -> -series(x * x, 0);
    };
  }

  /** {@code 1 - x^2 / ((1 + s) (2 + s)) + ...}: s = 0 for the cosine, 1 for the sine over x. */
  private static double series(double square, int s) {
    double sum = 1;
    for (int n = LAST; n > 0; n -= 2) {
      sum = 1 - square / ((n + s) * (n + s - 1)) * sum;
    }
    return sum;
  }
}
