package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class SpareTest {
  @Test
  void linesAreMultiplesOf32() {
    assertEquals(0, Spare.lines(0));
    assertEquals(32, Spare.lines(1));
    assertEquals(32, Spare.lines(32));
    assertEquals(64, Spare.lines(33));
    assertEquals(1L << 40, Spare.lines((1L << 40) - 31));
  }

  /** An array becomes large enough to be aligned unless three quarters of that would be waste. */
  @Test
  void arraysAreMadeLargeWhereLittleIsWasted() {
    int large = 512 * 1024;
    assertEquals(0, Spare.array(0).length);
    assertEquals(large / 4 - 1, Spare.array(large / 4 - 1).length);
    assertEquals(large, Spare.array(large / 4).length);
    assertEquals(large, Spare.array(large).length);
    assertEquals(large + 1, Spare.array(large + 1).length);
  }
}
