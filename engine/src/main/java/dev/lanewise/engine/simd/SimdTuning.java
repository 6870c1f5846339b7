// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Tuning;
import jdk.incubator.vector.FloatVector;

/** What the tiles are fastest with. */
final class SimdTuning implements Tuning {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  @Override
  public int lanes() {
    return V;
  }

  /**
   * Tiles of few rows need every slot for instructions that a core has, and where rows of B are a
   * constant apart, two range checks a turn are none. Tiles of many rows gain nothing.
   */
  @Override
  public int panelWidth(int n) {
    return TileHeight.TALLEST < 8 && n % (2 * V) == 0 ? 2 * V : n;
  }
}
