// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class HyperbolicTest {
  private interface Function {
    float at(float x);
  }

  /** The largest error, in units in the last place of the exact result, over a range of floats. */
  private static double worst(
      Function function, DoubleUnaryOperator exact, float from, float to, int sign) {
    double worst = 0;
    for (int bits = Float.floatToIntBits(from); bits <= Float.floatToIntBits(to); bits += 2003) {
      float x = sign * Float.intBitsToFloat(bits);
      double y = exact.applyAsDouble(x);
      worst = Math.max(worst, Math.abs(function.at(x) - y) / Math.ulp((float) y));
    }
    return worst;
  }

  @Test
  void tangentsAreWithinTheDocumentedError() {
    for (int sign : new int[] {1, -1}) {
      double worst = worst(Hyperbolic::tanh, StrictMath::tanh, Float.MIN_VALUE, 100, sign);
      assertTrue(worst < 2.8, worst + " ulp");
      assertTrue(worst > 0.5, "a sample that finds no error at all is no sample");
    }
  }

  @Test
  void exponentialsAreWithinTheDocumentedError() {
    double worst = worst(Hyperbolic::expMinus1, StrictMath::expm1, Float.MIN_VALUE, 200, -1);
    assertTrue(worst < 2.6, worst + " ulp");
    assertTrue(worst > 0.5, "a sample that finds no error at all is no sample");
  }

  /** Where they come near 1, every float. */
  @Test
  @Tag("slow")
  void noneIsBeyondOne() {
    for (float x = 7; x < 9.2f; x = Math.nextUp(x)) {
      assertTrue(Hyperbolic.tanh(x) <= 1, "tanh of " + x);
      assertTrue(Hyperbolic.expMinus1(-2 * x) >= -1, "exp - 1 of " + -2 * x);
    }
  }

  @Test
  void tangentIsOdd() {
    for (float x = 0x1p-60f; x < 20; x *= 1.0001f) {
      assertEquals(-Hyperbolic.tanh(x), Hyperbolic.tanh(-x));
    }
  }

  @Test
  void specialValues() {
    assertEquals(Float.NaN, Hyperbolic.tanh(Float.NaN));
    assertEquals(0f, Hyperbolic.tanh(0f));
    assertEquals(-0f, Hyperbolic.tanh(-0f));
    assertEquals(Float.MIN_VALUE, Hyperbolic.tanh(Float.MIN_VALUE));
    assertEquals(0x1p-100f, Hyperbolic.tanh(0x1p-100f));
    for (float far : new float[] {9.05f, 1e9f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      assertEquals(1f, Hyperbolic.tanh(far));
      assertEquals(-1f, Hyperbolic.tanh(-far));
      assertEquals(-1f, Hyperbolic.expMinus1(-2 * far));
      assertEquals(0f, Hyperbolic.expMinus1(far));
    }
    assertEquals(Float.NaN, Hyperbolic.expMinus1(Float.NaN));
    assertEquals(0f, Hyperbolic.expMinus1(0f));
    assertEquals(-0x1p-100f, Hyperbolic.expMinus1(-0x1p-100f));
  }
}
