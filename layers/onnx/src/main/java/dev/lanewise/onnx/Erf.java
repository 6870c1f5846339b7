// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/**
 * The error function, {@code erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x}, in double
 * precision: its power series up to 2, and beyond the continued fraction of the complement
 * (Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.6 and 7.1.14). The same bits on
 * every machine.
 */
final class Erf {
  /** 2 / sqrt(pi): the slope at 0. */
  static final double SLOPE = 1.1283791670955126;

  private static final double SERIES_TO = 2;

  /** Beyond, 1 in single precision. */
  private static final double END = 4.2;

  private static final int SERIES_TERMS = 32; // enough for single precision, below 2
  private static final int FRACTIONS = 40; // likewise, above 2

  private Erf() {}

  static double of(double x) {
    double a = Math.abs(x);
    if (!(a < END)) { // or NaN
      return a >= END ? Math.signum(x) : x;
    }
    return a <= SERIES_TO ? series(x) : Math.copySign(1 - complement(a), x);
  }

  /** {@code SLOPE * exp(-x^2) * sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1))}. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < SERIES_TERMS; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return SLOPE * StrictMath.exp(-x * x) * sum;
  }

  /** {@code exp(-x^2) / sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))))}. */
  private static double complement(double x) {
    double fraction = x;
    for (int n = FRACTIONS; n > 0; n--) {
      fraction = x + n / 2.0 / fraction;
    }
    return SLOPE / 2 * StrictMath.exp(-x * x) / fraction;
  }
}
