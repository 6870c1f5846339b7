// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

/**
 * The logarithm of one plus a fraction: {@code e} times a quotient of polynomials of degree 3 that
 * were fitted to the smallest largest relative error, 1e-9, from 0 to 1 (by Lawson's weights on the
 * linear problem of Loeb). Without a branch, so that C2 turns a loop over it into vectors; the same
 * bits on every machine.
 */
public final class Logarithm {
  private static final float P1 = 1.06621807f;
  private static final float P2 = 0.238157299f;
  private static final float P3 = 3.41727533e-3f;

  private static final float Q1 = 1.56621793f;
  private static final float Q2 = 0.68793586f;
  private static final float Q3 = 0.0752871976f;

  private Logarithm() {}

  /**
   * {@code log(1 + e)}. Error: at most 4 units in the last place; NaN for NaN.
   *
   * @param e from 0 to 1
   * @return from 0 to log 2
   */
  public static float ofOnePlus(float e) {
    float p = Fma.fma(Fma.fma(P3, e, P2), e, P1);
    float q = Fma.fma(Fma.fma(Q3, e, Q2), e, Q1);
    return e * Fma.fma(p, e, 1f) / Fma.fma(q, e, 1f);
  }
}
