// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class PaddingTest {
  @Test
  void linesAreMultiplesOf32() {
    assertEquals(0, Padding.lines(0));
    assertEquals(32, Padding.lines(1));
    assertEquals(32, Padding.lines(32));
    assertEquals(64, Padding.lines(33));
    assertEquals(1L << 40, Padding.lines((1L << 40) - 31));
  }

  /** An array becomes large enough to be aligned unless three quarters of that would be waste. */
  @Test
  void arraysAreMadeLargeWhereLittleIsWasted() {
    int large = 512 * 1024;
    assertEquals(0, Padding.array(0).length);
    assertEquals(large / 4 - 1, Padding.array(large / 4 - 1).length);
    assertEquals(large, Padding.array(large / 4).length);
    assertEquals(large, Padding.array(large).length);
    assertEquals(large + 1, Padding.array(large + 1).length);
  }
}
