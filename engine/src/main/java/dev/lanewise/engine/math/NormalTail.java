// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

/**
 * The tail of the normal distribution over its density, which is Mills' ratio but for a factor: a
 * quotient of polynomials of degree 4 and 5, fitted to the smallest largest relative error, 6e-9,
 * from 0 to {@link #END} (by Lawson's weights on the linear problem of Loeb; Cody, "Rational
 * Chebyshev approximations for the error function", 1969, has the same form). Without a branch, so
 * that C2 turns a loop over it into vectors; the same bits on every machine.
 */
public final class NormalTail {
  /** From here on the density is 0 in single precision, but for a factor: exp(-END^2 / 2) is. */
  public static final float END = 14.45f;

  private static final float P1 = 0.438195939f;
  private static final float P2 = 0.183161752f;
  private static final float P3 = 4.0608477e-2f;
  private static final float P4 = 4.11263203e-3f;

  private static final float Q1 = 1.67427686f;
  private static final float Q2 = 1.2021984f;
  private static final float Q3 = 0.469276886f;
  private static final float Q4 = 0.101796838f;
  private static final float Q5 = 1.03087191e-2f;

  private NormalTail() {}

  /**
   * {@code r(a) = P(X > a) * exp(a^2 / 2)} for X normal with mean 0 and variance 1. Error: at most
   * 4.8 units in the last place; NaN for NaN.
   *
   * @param a from 0 to {@link #END}
   * @return from 1/2 down to 0.0275
   */
  public static float ratio(float a) {
    float p = Fma.fma(P4, a, P3);
    p = Fma.fma(p, a, P2);
    p = Fma.fma(p, a, P1);
    p = Fma.fma(p, a, 0.5f);
    float q = Fma.fma(Q5, a, Q4);
    q = Fma.fma(q, a, Q3);
    q = Fma.fma(q, a, Q2);
    q = Fma.fma(q, a, Q1);
    return p / Fma.fma(q, a, 1f);
  }
}
