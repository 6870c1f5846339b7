// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import java.util.List;

/** The time that half of several do not reach. */
final class Median {
  private Median() {}

  /**
   * The median.
   *
   * @param values at least one
   */
  static double of(List<Long> values) {
    long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
  }
}
