// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import java.util.Arrays;

/** How often each image of an epoch has come before in it. */
final class Repeats {
  private final int[] counts; // of each image
  private final int[] repeats; // at each position

  /**
   * Prepares counting.
   *
   * @param images how many images there are, and positions
   */
  Repeats(int images) {
    counts = new int[images];
    repeats = new int[images];
  }

  /**
   * Counts.
   *
   * @param order image numbers
   * @return for each position how often its image stands before it; until the next call
   */
  int[] of(int[] order) {
    Arrays.fill(counts, 0);
    for (int i = 0; i < order.length; i++) {
      repeats[i] = counts[order[i]]++;
    }
    return repeats;
  }
}
