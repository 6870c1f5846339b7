// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.shape.WindowGrid;

/**
 * How {@link Winograd} cuts the outputs of a convolution into tiles: 4x4, and where one or two rows
 * or columns are left at the lower and right edge, tiles with 2. The tiles of an image are numbered
 * row by row, and those of a batch image by image.
 *
 * <p>A small tile has no products at the points 2 and -2 of its short side. So that each of the 36
 * products has its tiles in adjacent rows of V and M, tiles that are computed together are put into
 * slots by their kind: small columns, whole, small rows, both.
 *
 * <p>Immutable.
 */
final class WinogradTiles {
  private static final int KINDS = 4;
  private static final int NARROW = 0;
  private static final int WHOLE = 1;
  private static final int LOW = 2;
  private static final int CORNER = 3;

  private static final int TILE = Winograd.TILE;

  private final int outputH;
  private final int outputW;
  private final int columns;
  private final int perImage;
  private final byte[] kinds; // of the tiles of an image
  private final int[][] before; // [kind][tile]: tiles of the kind before this one of an image

  WinogradTiles(WindowGrid grid) {
    outputH = grid.outputH();
    outputW = grid.outputW();
    columns = Math.ceilDiv(outputW, TILE);
    perImage = Check.intProduct("tiles", Math.ceilDiv(outputH, TILE), columns);
    kinds = new byte[perImage];
    before = new int[KINDS][perImage + 1];
    for (int t = 0; t < perImage; t++) {
      boolean narrow = columns(t) < TILE;
      kinds[t] = (byte) (rows(t) < TILE ? narrow ? CORNER : LOW : narrow ? NARROW : WHOLE);
      for (int kind = 0; kind < KINDS; kind++) {
        before[kind][t + 1] = before[kind][t] + (kinds[t] == kind ? 1 : 0);
      }
    }
  }

  /** How many tiles an image has. */
  int perImage() {
    return perImage;
  }

  /** The first output row of a tile of an image. */
  int row(int tile) {
    return tile / columns * TILE;
  }

  /** The first output column of a tile of an image. */
  int column(int tile) {
    return tile % columns * TILE;
  }

  /** Rows of a tile of an image: 4 or 2. */
  int rows(int tile) {
    return size(outputH - row(tile));
  }

  /** Columns of a tile of an image: 4 or 2. */
  int columns(int tile) {
    return size(outputW - column(tile));
  }

  private static int size(int left) {
    return left <= Winograd.SMALL_TILE ? Winograd.SMALL_TILE : TILE;
  }

  /** Whether all of a tile of an image lies within the image. */
  boolean whole(int tile) {
    return row(tile) + rows(tile) <= outputH && column(tile) + columns(tile) <= outputW;
  }

  /**
   * How many tiles of an image can be transformed together, from one on and before {@code end}:
   * those of one kind that lie side by side. One that reaches beyond the image stands alone.
   */
  int run(int tile, int end) {
    int next = tile + 1;
    while (next < end
        && column(next) > 0
        && kinds[next] == kinds[tile]
        && whole(next)
        && whole(tile)) {
      next++;
    }
    return next - tile;
  }

  /** The slot of a tile, among the tiles of a batch from {@code first} to {@code end - 1}. */
  int slot(int tile, int first, int end) {
    int kind = kinds[tile % perImage];
    return firstSlot(kind, first, end) + before(kind, tile) - before(kind, first);
  }

  /** The first slot of a kind, or of a kind that would follow the last. */
  private int firstSlot(int kind, int first, int end) {
    int slot = 0;
    for (int k = 0; k < kind; k++) {
      slot += before(k, end) - before(k, first);
    }
    return slot;
  }

  private int before(int kind, int tile) {
    int[] inImage = before[kind];
    return tile / perImage * inImage[perImage] + inImage[tile % perImage];
  }

  /** The first of the adjacent slots that one of the 36 products has, of the tiles as above. */
  int begin(int product, int first, int end) {
    return firstSlot(hasNarrow(product) ? NARROW : WHOLE, first, end);
  }

  /** The slot behind the last that one of the 36 products has, of the tiles as above. */
  int end(int product, int first, int end) {
    boolean hasLow = Winograd.has(product / Winograd.POINTS, Winograd.SMALL_TILE);
    return firstSlot(!hasLow ? LOW : !hasNarrow(product) ? CORNER : KINDS, first, end);
  }

  private static boolean hasNarrow(int product) {
    return Winograd.has(product % Winograd.POINTS, Winograd.SMALL_TILE);
  }
}
