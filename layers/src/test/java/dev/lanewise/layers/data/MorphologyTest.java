// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class MorphologyTest {
  /** The largest, or smallest, value of a square around each pixel, one by one. */
  private static int[] extreme(int[] values, int height, int width, int reach, boolean largest) {
    int[] result = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      int best = values[i];
      for (int y = Math.max(0, i / width - reach);
          y <= Math.min(height - 1, i / width + reach);
          y++) {
        for (int x = Math.max(0, i % width - reach);
            x <= Math.min(width - 1, i % width + reach);
            x++) {
          int value = values[y * width + x];
          best = largest ? Math.max(best, value) : Math.min(best, value);
        }
      }
      result[i] = best;
    }
    return result;
  }

  @Test
  void isWhatTheDefinitionSays() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int height = 1 + random.nextInt(12);
      int width = 1 + random.nextInt(12);
      int side = 1 + random.nextInt(9);
      int[] values = random.ints(height * width, 0, 20).toArray();
      int reach = side / 2;
      assertArrayEquals(
          extreme(extreme(values, height, width, reach, true), height, width, reach, false),
          Morphology.closing(values, height, width, side),
          height + "x" + width + " by " + side);
      assertArrayEquals(
          extreme(extreme(values, height, width, reach, false), height, width, reach, true),
          Morphology.opening(values, height, width, side),
          height + "x" + width + " by " + side);
    }
  }
}
