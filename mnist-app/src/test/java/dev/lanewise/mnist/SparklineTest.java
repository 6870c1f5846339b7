// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SparklineTest {
  private static Sparkline of(boolean logarithmic, double... values) {
    Sparkline line = new Sparkline(logarithmic);
    for (double value : values) {
      line.add(value);
    }
    return line;
  }

  @Test
  void fromTheLeastToTheLargest() {
    assertEquals("▁▂▃▄▅▆▇█", of(false, 10, 11, 12, 13, 14, 15, 16, 17).draw(20));
    assertEquals("█▁", of(false, 5, -1).draw(2));
    assertEquals("▁▁▁", of(false, 2, 2, 2).draw(9));
  }

  @Test
  void equalRatiosAreEqualSteps() {
    assertEquals("█▅▁", of(true, 1, 0.1, 0.01).draw(9));
  }

  @Test
  void whatCannotBeDrawnIsLeftOut() {
    assertEquals("", of(false).draw(9));
    assertEquals("", of(false, 1).draw(9));
    assertEquals("", of(false, 1, Double.NaN, Double.POSITIVE_INFINITY).draw(9));
    assertEquals("█▁", of(true, 2, 0, -1, 1).draw(9));
  }

  @Test
  void fewerColumnsTakeMeans() {
    assertEquals("▁█", of(false, 0, 2, 7, 9).draw(2));
    assertEquals("▁▅█", of(false, 0, 0, 5, 5, 10, 10).draw(3));
  }

  /** However long it gets, it begins with the beginning. */
  @Test
  void theWholeWayIsKept() {
    Sparkline line = new Sparkline(false);
    for (int i = 0; i < 100_000; i++) {
      line.add(i);
    }
    String drawn = line.draw(32);
    assertEquals(32, drawn.length());
    assertTrue(drawn.matches("▁+▂+▃+▄+▅+▆+▇+█+"), drawn);
  }
}
