// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Winograd;
import jdk.incubator.vector.FloatVector;

/**
 * Runs: as many neighbouring tiles as are transformed together, and where the vectors of a run lie.
 */
final class WinogradRuns {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();
  private static final int LANES = 16; // numbers of channels are multiples of it

  /** Channels of a run, and of one tile more. */
  static final int FLOATS = 2 * Winograd.RUN;

  private static final int[][] TILES = new int[Winograd.RUN / LANES + 1][];
  private static final int[][] SMALL_TILES = new int[Winograd.RUN / LANES + 1][];
  private static final int[][] PIXELS = new int[Winograd.RUN / LANES + 1][];
  private static final int[][] SMALL_PIXELS = new int[Winograd.RUN / LANES + 1][];

  static {
    for (int depth = LANES; depth <= Winograd.RUN; depth += LANES) {
      int i = depth / LANES;
      TILES[i] = places(depth, tiles(depth), 1, Winograd.TILE * depth);
      SMALL_TILES[i] = places(depth, tiles(depth), 1, Winograd.SMALL_TILE * depth);
      int pixels = (tiles(depth) + 1) * Winograd.TILE;
      PIXELS[i] = places(depth, pixels, Winograd.TILE, depth);
      SMALL_PIXELS[i] = places(depth, pixels, Winograd.SMALL_TILE, depth);
    }
  }

  private WinogradRuns() {}

  /** How many tiles make a run, with this many channels at a time. */
  static int tiles(int depth) {
    return FLOATS / depth - 1;
  }

  /**
   * Where each vector of a run of output tiles belongs in a row of the image.
   *
   * @param depth channels of a tile; all of them, if there are several tiles
   * @param columns of a tile
   */
  static int[] places(int depth, int columns) {
    return (columns == Winograd.TILE ? TILES : SMALL_TILES)[depth / LANES];
  }

  /**
   * Where each vector of a row of pixels belongs in a row of the work space: pixels by their column
   * in a tile, {@link #FLOATS} apart.
   *
   * @param depth channels of a pixel
   * @param columns of a tile
   */
  static int[] ofPixels(int depth, int columns) {
    return (columns == Winograd.TILE ? PIXELS : SMALL_PIXELS)[depth / LANES];
  }

  /** Blocks of {@code depth} floats, dealt in turn to rows in which they are {@code step} apart. */
  private static int[] places(int depth, int n, int rows, int step) {
    int[] places = new int[n * depth / V];
    for (int q = 0; q < places.length; q++) {
      int block = q * V / depth;
      places[q] = block % rows * FLOATS + block / rows * step + q * V % depth;
    }
    return places;
  }
}
