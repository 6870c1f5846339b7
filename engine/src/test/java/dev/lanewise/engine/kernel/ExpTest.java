// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ExpTest {
  private static final float FROM_NORMAL = -87.33f; // e^x is at least Float.MIN_NORMAL
  private static final float LARGEST = 88.72283f; // the largest float with a finite e^x

  /** Error in units in the last place of the exact result. */
  private static double ulps(float x) {
    double exact = StrictMath.exp(x);
    return Math.abs(Exp.exp(x) - exact) / Math.ulp((float) exact);
  }

  @Test
  void normalResultsAreWithinTheDocumentedError() {
    double worst = 0;
    float at = 0;
    // Every 701st float of both signs from 2^-30 up.
    int last = Float.floatToIntBits(LARGEST);
    for (int bits = Float.floatToIntBits(0x1p-30f); bits <= last; bits += 701) {
      for (float x = Float.intBitsToFloat(bits), i = 0; i < 2; i++, x = -x) {
        if (x >= FROM_NORMAL && ulps(x) > worst) {
          worst = ulps(x);
          at = x;
        }
      }
    }
    assertTrue(worst < 0.94, worst + " ulp at " + at);
    assertTrue(worst > 0.5, "a sample that finds no error at all is no sample");
  }

  @Test
  void denormalResultsAreWithinItToo() {
    for (float x = FROM_NORMAL; x > -105; x -= 0x1p-12f) {
      assertTrue(ulps(x) < 0.94, ulps(x) + " ulp at " + x);
    }
  }

  @Test
  void specialValues() {
    assertEquals(Float.NaN, Exp.exp(Float.NaN));
    assertEquals(1f, Exp.exp(0f));
    assertEquals(1f, Exp.exp(-0f));
    assertEquals(1f, Exp.exp(Float.MIN_VALUE));
    assertEquals(1f, Exp.exp(-Float.MIN_VALUE));
    assertEquals(0f, Exp.exp(Float.NEGATIVE_INFINITY));
    assertEquals(0f, Exp.exp(-Float.MAX_VALUE));
    assertEquals(0f, Exp.exp(-104f));
    assertEquals(Float.MIN_VALUE, Exp.exp(-103.5f));
    assertEquals(Float.POSITIVE_INFINITY, Exp.exp(Float.POSITIVE_INFINITY));
    assertEquals(Float.POSITIVE_INFINITY, Exp.exp(Float.MAX_VALUE));
    assertEquals(Float.POSITIVE_INFINITY, Exp.exp(88.73f));
    assertTrue(Float.isFinite(Exp.exp(LARGEST)));
    assertEquals(Float.POSITIVE_INFINITY, Exp.exp(Math.nextUp(LARGEST)));
  }

  @Test
  void theEndsAreMonotonic() {
    assertMonotonic(-104.5f, -103f);
    assertMonotonic(88.5f, 89.5f);
  }

  private static void assertMonotonic(float from, float to) {
    for (float x = from; x < to; x = Math.nextUp(x)) {
      assertTrue(Exp.exp(x) <= Exp.exp(Math.nextUp(x)), "at " + x);
    }
  }
}
