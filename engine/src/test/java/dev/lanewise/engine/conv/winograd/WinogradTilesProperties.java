// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Tiles cover an image once, and each product finds its tiles in adjacent slots. */
final class WinogradTilesProperties {
  @Property
  void tilesCoverTheImageOnce(
      @ForAll @IntRange(min = 1, max = 20) int height,
      @ForAll @IntRange(min = 1, max = 20) int width) {
    WinogradTiles cut = cut(height, width);
    int coveredColumns = width + width % 2;
    int[] covered = new int[(height + height % 2) * coveredColumns];
    for (int t = 0; t < cut.perImage(); t++) {
      for (int i = 0; i < cut.rows(t) * cut.columns(t); i++) {
        int row = cut.row(t) + i / cut.columns(t);
        int column = cut.column(t) + i % cut.columns(t);
        covered[row * coveredColumns + column]++;
      }
      boolean reachesBeyond =
          cut.row(t) + cut.rows(t) > height || cut.column(t) + cut.columns(t) > width;
      assertEquals(!reachesBeyond, cut.whole(t));
    }
    for (int count : covered) {
      assertEquals(1, count);
    }
  }

  @Property
  void aProductHasTheSlotsOfItsTiles(
      @ForAll @IntRange(min = 1, max = 20) int height,
      @ForAll @IntRange(min = 1, max = 20) int width,
      @ForAll @IntRange(max = 40) int first,
      @ForAll @IntRange(max = 40) int count) {
    WinogradTiles cut = cut(height, width);
    int end = first + count;
    int[] tiles = new int[count];
    for (int tile = first; tile < end; tile++) {
      tiles[cut.slot(tile, first, end)] += tile + 1; // a slot for two would show below
    }
    for (int product = 0; product < Winograd.PRODUCTS; product++) {
      for (int slot = 0; slot < count; slot++) {
        int tile = (tiles[slot] - 1) % cut.perImage();
        boolean has =
            Winograd.has(product / Winograd.POINTS, cut.rows(tile))
                && Winograd.has(product % Winograd.POINTS, cut.columns(tile));
        boolean inRange =
            slot >= cut.begin(product, first, end) && slot < cut.end(product, first, end);
        assertEquals(has, inRange, "product " + product + ", slot " + slot);
      }
    }
    for (int slot = 0; slot < count; slot++) {
      assertEquals(slot, cut.slot(tiles[slot] - 1, first, end));
    }
  }

  /** What is transformed together lies side by side, in the image and in the slots. */
  @Property
  void aRunIsAdjacent(
      @ForAll @IntRange(min = 1, max = 20) int height,
      @ForAll @IntRange(min = 1, max = 20) int width) {
    WinogradTiles cut = cut(height, width);
    int all = cut.perImage();
    for (int t = 0; t < all; t++) {
      int run = cut.run(t, all);
      assertTrue(run >= 1 && t + run <= all);
      for (int i = 1; i < run; i++) {
        assertEquals(cut.row(t), cut.row(t + i));
        assertEquals(cut.rows(t), cut.rows(t + i));
        assertEquals(cut.column(t) + i * cut.columns(t), cut.column(t + i));
        assertEquals(cut.slot(t, 0, all) + i, cut.slot(t + i, 0, all));
        assertTrue(cut.whole(t) && cut.whole(t + i));
      }
    }
    if (height >= 3 && width >= 4 && cut.whole(0)) {
      assertEquals(width / 4, cut.run(0, all), "all whole tiles of the first row");
    }
    assertEquals(1, cut.run(0, 1));
  }

  private static WinogradTiles cut(int height, int width) {
    return new WinogradTiles(WindowGrid.of(Window.same(3), height, width));
  }
}
