// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * A frozen weight {@code [KH * KW * C, OC]} in panels of 32 columns, each contiguous: {@code
 * [panels, KH * KW * C, 32]}. A tile of a product then reads the weight as one stream. In rows of
 * many columns it would jump from page to page, and where OC is a power of two, its lines would
 * share a few sets of the caches. The last panel is padded with zeros.
 *
 * <p>Immutable once made.
 */
final class PackedWeight {
  /** Columns of a panel: those of a tile of the longest vectors. */
  static final int PANEL = 32;

  final float[] data;
  private final int terms;

  PackedWeight(Conv2dShape shape, Floats weight) {
    terms = shape.patchSize();
    int columns = shape.outChannels();
    int panels = Math.ceilDiv(columns, PANEL);
    int floats = Check.intProduct("packed weight", panels, terms, PANEL);
    data = Padding.array(Padding.LEAD + floats + Padding.FLOATS);
    for (int column = 0; column < columns; column += PANEL) {
      int n = Math.min(PANEL, columns - column);
      for (int p = 0, at = at(column, 0); p < terms; p++, at += PANEL) {
        System.arraycopy(weight.data, weight.offset + p * columns + column, data, at, n);
      }
    }
  }

  /** Whether a weight has so many columns that it pays. */
  static boolean serves(Conv2dShape shape) {
    return shape.outChannels() > 2 * PANEL;
  }

  /** Where a term of a panel begins. */
  int at(int column, int term) {
    return Padding.LEAD + column * terms + term * PANEL;
  }
}
