// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.graph.Shape;

/**
 * Whether a picture is light on dark, as MNIST's are, judged by its edge: there is the background.
 * Colours say nothing of this, since pictures in colour have any background.
 */
final class Polarity {
  /** Of 255; less is taken for one even brightness. */
  private static final int LEAST_CONTRAST = 32;

  private Polarity() {}

  /**
   * Whether one way to see a picture is so much better that the user should know.
   *
   * @param other unsigned values {@code [height, width, channels]}, inverted
   * @param pixels the same, as the network is to see them
   * @param shape of both
   */
  static boolean suggests(byte[] other, byte[] pixels, Shape shape) {
    return shape.channels() == 1 && lightOnDark(other, shape) > 2 * lightOnDark(pixels, shape);
  }

  /** The contrast of what is light on dark; 0 for all else. */
  private static int lightOnDark(byte[] pixels, Shape shape) {
    int lightest = 0;
    int darkest = 255;
    long edge = 0;
    int edgePixels = 0;
    for (int i = 0; i < pixels.length; i++) {
      int value = pixels[i] & 0xFF;
      lightest = Math.max(lightest, value);
      darkest = Math.min(darkest, value);
      int x = i % shape.width();
      int y = i / shape.width();
      if (x == 0 || y == 0 || x == shape.width() - 1 || y == shape.height() - 1) {
        edge += value;
        edgePixels++;
      }
    }
    int contrast = lightest - darkest;
    boolean darkEdge = 2 * edge <= (long) (lightest + darkest) * edgePixels;
    return darkEdge && contrast >= LEAST_CONTRAST ? contrast : 0;
  }
}
