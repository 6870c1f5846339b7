// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class SineTest {
  /** StrictMath is within a unit in the last place. */
  private static void assertNear(double angle, double off) {
    assertEquals(StrictMath.sin(angle), Sine.sin(angle), off, "sin " + angle);
    assertEquals(StrictMath.cos(angle), Sine.cos(angle), off, "cos " + angle);
  }

  @Test
  void sineAndCosine() {
    for (int i = -1000; i <= 1000; i++) {
      assertNear(i * Math.PI / 2000, 3e-16);
      assertNear(i * Math.PI / 500, 1e-15);
    }
    assertNear(0, 1e-16);
    assertNear(0x1p-60, 1e-16);
  }

  @Test
  void theEndsAreExact() {
    assertEquals(0.0, Sine.sin(0));
    assertEquals(1, Sine.sin(Math.PI / 2));
    assertEquals(-1, Sine.sin(-Math.PI / 2));
    assertEquals(1, Sine.cos(0));
  }
}
