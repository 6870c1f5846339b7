// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.List;

/** An image drawn in characters, small enough for any terminal. */
final class CharacterPicture {
  private static final int MAX_COLUMNS = 56;

  /** From dark to light. */
  private static final String SHADES = " .:-=+*#%@";

  private CharacterPicture() {}

  /**
   * Draws an image in a frame. A character stands for a rectangle twice as high as wide, as
   * characters are, and shows its mean.
   *
   * @param pixels unsigned values {@code [height, width, channels]}
   * @param shape of the image
   * @return the lines
   */
  static List<String> of(byte[] pixels, Shape shape) {
    int step = (shape.width() + MAX_COLUMNS - 1) / MAX_COLUMNS;
    List<String> lines = new ArrayList<>();
    for (int y = 0; y < shape.height(); y += 2 * step) {
      StringBuilder line = new StringBuilder("  |");
      for (int x = 0; x < shape.width(); x += step) {
        int shade = mean(pixels, shape, y, x, step) * SHADES.length() / 256;
        line.append(SHADES.charAt(shade));
      }
      lines.add(line.append('|').toString());
    }
    String edge = "  +" + "-".repeat(lines.getFirst().length() - 4) + "+";
    lines.addFirst(edge);
    lines.add(edge);
    return lines;
  }

  /** Of the rectangle that begins at (y, x), as far as it is within the image. */
  private static int mean(byte[] pixels, Shape shape, int y, int x, int step) {
    int rows = Math.min(2 * step, shape.height() - y);
    int values = Math.min(step, shape.width() - x) * shape.channels();
    long sum = 0;
    for (int row = y; row < y + rows; row++) {
      int begin = (row * shape.width() + x) * shape.channels();
      for (int i = begin; i < begin + values; i++) {
        sum += pixels[i] & 0xFF;
      }
    }
    return (int) (sum / ((long) rows * values));
  }
}
