// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.graph.Shape;

/** What is put where there is no image: one value, or one for each channel. */
final class Fill {
  static final Fill ZERO = new Fill(0f);

  private final float[] values;

  Fill(float... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("expected a value to fill with, or one for each channel");
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("the fill must be finite, but is " + value);
      }
    }
    this.values = values.clone();
  }

  void requireFit(Shape shape) {
    if (values.length != 1 && values.length != shape.channels()) {
      throw new IllegalArgumentException(
          "there are fills of " + values.length + " channels, but images " + shape);
    }
  }

  float channel(int c) {
    return values[values.length == 1 ? 0 : c];
  }

  /** Fills pixels that follow one another. */
  void write(float[] to, int at, int pixels, int channels) {
    for (int i = 0; i < pixels; i++) {
      for (int c = 0; c < channels; c++) {
        to[at + i * channels + c] = channel(c);
      }
    }
  }
}
