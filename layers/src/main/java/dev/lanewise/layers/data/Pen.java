// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

/**
 * The width of the pen of a drawing, and what makes a thin one as wide as MNIST's: scaled to 20
 * pixels, the line of a ballpoint would all but vanish.
 */
final class Pen {
  /** MNIST's, as a share of the longer side of the digit. */
  private static final double WIDTH = 0.11;

  /** The length of a line in all directions, for each step across or down. */
  private static final double ROUND = Math.PI / 4;

  private Pen() {}

  /** Twice the area by the circumference: that of a line which is long and thin. */
  static double width(byte[] ink, int height, int width) {
    long area = 0;
    long edge = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int value = ink[y * width + x] & 0xFF;
        area += value;
        edge += Math.abs(value - (x == 0 ? 0 : ink[y * width + x - 1] & 0xFF));
        edge += Math.abs(value - (y == 0 ? 0 : ink[(y - 1) * width + x] & 0xFF));
        edge += x == width - 1 ? value : 0;
        edge += y == height - 1 ? value : 0;
      }
    }
    return edge == 0 ? 0 : 2 * area / (edge * ROUND);
  }

  /** By how much the ink of a digit of this size is to grow on all sides. */
  static double growth(byte[] ink, int height, int width) {
    double pen = width(ink, height, width);
    return Math.max(0, (WIDTH * Math.max(height, width) - pen) / 2);
  }

  /**
   * Lets ink grow on all sides, into {@code margin} pixels around it.
   *
   * @param growth at most {@code margin}
   * @return {@code [height + 2 * margin, width + 2 * margin]}
   */
  static byte[] grow(byte[] ink, int height, int width, double growth, int margin) {
    int newWidth = width + 2 * margin;
    byte[] grown = new byte[(height + 2 * margin) * newWidth];
    for (int dy = -margin; dy <= margin; dy++) {
      for (int dx = -margin; dx <= margin; dx++) {
        double share = Math.clamp(growth + 0.5 - Math.sqrt(dx * dx + dy * dy), 0, 1);
        if (share > 0 || dx == 0 && dy == 0) {
          int weight = dx == 0 && dy == 0 ? 256 : (int) Math.round(256 * share);
          for (int y = 0; y < height; y++) {
            int to = (y + margin + dy) * newWidth + margin + dx;
            for (int x = 0; x < width; x++, to++) {
              int value = (ink[y * width + x] & 0xFF) * weight >> 8;
              if (value > (grown[to] & 0xFF)) {
                grown[to] = (byte) value;
              }
            }
          }
        }
      }
    }
    return grown;
  }
}
