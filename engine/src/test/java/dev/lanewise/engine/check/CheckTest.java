// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.check;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The limits of the checks, and the numbers in their messages. */
final class CheckTest {
  private static final int MAX = Integer.MAX_VALUE;

  @Test
  void numbers() {
    Check.positive("n", 1);
    assertRefused("n must be positive, but is 0", () -> Check.positive("n", 0));
    Check.notNegative("n", 0);
    assertRefused("n must not be negative, but is -1", () -> Check.notNegative("n", -1));
    Check.atMost("n", 0, 3);
    Check.atMost("n", 3, 3);
    assertRefused("n must be from 0 to 3, but is 4", () -> Check.atMost("n", 4, 3));
    assertRefused("n must be from 0 to 3, but is -1", () -> Check.atMost("n", -1, 3));
  }

  @Test
  void productsAndSums() {
    assertEquals(MAX, Check.intProduct("n", 1, MAX));
    assertEquals(30, Check.intProduct("n", 2, 3, 5));
    assertRefused("[2, 1073741824] exceed", () -> Check.intProduct("n", 2, 1 << 30));
    assertRefused("n is too large", () -> Check.intProduct("n", 0, MAX + 1L));
    assertRefused(
        "n is too large", () -> Check.intProduct("n", 1L << 62, 1L << 62)); // 0 modulo 2^64
    assertEquals(MAX, Check.intSum("n", MAX - 5L, 2, 3));
    assertRefused("n is too large", () -> Check.intSum("n", MAX - 5L, 2, 4));
  }
}
