// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MedianTest {
  @Test
  void isTheMiddleOneOrTheMeanOfTwo() {
    assertEquals(7, Median.of(List.of(7L)));
    assertEquals(3, Median.of(List.of(9L, 1L, 3L)));
    assertEquals(3.5, Median.of(List.of(9L, 4L, 1L, 3L)));
  }
}
