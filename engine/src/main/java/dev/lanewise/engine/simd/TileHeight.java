// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;

/** How many rows the tiles of products have, which follows from the register file. */
final class TileHeight {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  /**
   * The tallest tile, two vectors wide, whose accumulators fit into the register file: 14 rows with
   * 32 registers (AVX-512, NEON), 5 with 16 (AVX2). The machine does not tell the Vector API how
   * many it has, but the width does: 256 bits mean AVX2, or an AVX-512 limited to it.
   */
  static final int TALLEST = tallest();

  private TileHeight() {}

  private static int tallest() {
    String rows = System.getProperty("lanewise.tileRows", V == 8 ? "5" : "14");
    return switch (rows) {
      case "14" -> 14;
      case "8" -> 8;
      case "5" -> 5;
      case "4" -> 4;
      default ->
          throw new IllegalStateException(
              "lanewise.tileRows must be 14, 8, 5 or 4, but is " + rows);
    };
  }
}
