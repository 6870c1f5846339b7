// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class LogarithmTest {
  @Test
  void isWithinTheDocumentedError() {
    double worst = 0;
    for (int bits = 1; bits <= Float.floatToIntBits(1f); bits += 2003) {
      float e = Float.intBitsToFloat(bits);
      double exact = StrictMath.log1p(e);
      worst = Math.max(worst, Math.abs(Logarithm.ofOnePlus(e) - exact) / Math.ulp((float) exact));
    }
    assertTrue(worst < 4, worst + " ulp");
    assertTrue(worst > 0.5, "a sample that finds no error at all is no sample");
  }

  @Test
  void specialValues() {
    assertEquals(0f, Logarithm.ofOnePlus(0));
    assertEquals(Float.MIN_VALUE, Logarithm.ofOnePlus(Float.MIN_VALUE));
    assertEquals(Float.NaN, Logarithm.ofOnePlus(Float.NaN));
  }
}
