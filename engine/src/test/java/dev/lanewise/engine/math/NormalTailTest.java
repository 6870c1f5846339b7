// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class NormalTailTest {
  private static final double DENSITY = 1 / Math.sqrt(2 * Math.PI);
  private static final double MIDDLE = 3;

  /** {@code exp(a^2 / 2) * (P(X < a) - 1/2) = (a + a^3 / 3 + a^5 / (3 * 5) + ...) / sqrt(2 pi)}. */
  private static double bySeries(double a) {
    double sum = 0;
    double term = a;
    for (int k = 3; term > 1e-20; k += 2) {
      sum += term;
      term *= a * a / k;
    }
    return StrictMath.exp(a * a / 2) / 2 - sum * DENSITY;
  }

  /** Laplace's continued fraction, {@code 1 / (a + 1 / (a + 2 / (a + 3 / ...)))}. */
  private static double byFraction(double a) {
    double rest = a;
    for (int k = 100; k > 0; k--) {
      rest = a + k / rest;
    }
    return DENSITY / rest;
  }

  /** Two derivations that have nothing in common. */
  @Test
  void theReferencesAgree() {
    assertEquals(byFraction(MIDDLE), bySeries(MIDDLE), 1e-13);
    assertEquals(byFraction(2), bySeries(2), 1e-13);
  }

  @Test
  void ratiosAreWithinTheDocumentedError() {
    double worst = 0;
    for (int i = 0; i <= 100_000; i++) {
      float a = NormalTail.END * i / 100_000;
      double exact = a < MIDDLE ? bySeries(a) : byFraction(a);
      worst = Math.max(worst, Math.abs(NormalTail.ratio(a) - exact) / Math.ulp((float) exact));
    }
    assertTrue(worst < 4.8, worst + " ulp");
    assertTrue(worst > 0.5, "a sample that finds no error at all is no sample");
  }

  @Test
  void specialValues() {
    assertEquals(0.5f, NormalTail.ratio(0));
    assertEquals(0.5f, NormalTail.ratio(Float.MIN_VALUE));
    assertEquals(Float.NaN, NormalTail.ratio(Float.NaN));
  }
}
