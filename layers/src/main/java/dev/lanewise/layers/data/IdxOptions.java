// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;

/**
 * How the images of an IDX file are to be understood, where the file itself does not say.
 *
 * @param shape the shape of an image, whatever the dimensions in the file, as long as it has as
 *     many values; {@code null}: the dimensions, {@code [N, H, W]} or {@code [N, H, W, C]}, and for
 *     {@code [N, side * side]} a square
 * @param white the value that is handed out as 1, since every value is divided by it; 0: 255 for
 *     integers of any size, and 1 for floating point, which so stays as it is
 * @param transpose whether rows become columns, as EMNIST needs to stand upright
 */
public record IdxOptions(Shape shape, double white, boolean transpose) {
  /** As MNIST needs it. */
  public static final IdxOptions DEFAULT = new IdxOptions(null, 0, false);

  private static final double WHITE = 255;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if {@code white} is negative or not finite
   */
  public IdxOptions {
    if (!(white >= 0 && white < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("white must be a finite number above 0, but is " + white);
    }
  }

  /** What values of a type are divided by. */
  double whiteOf(IdxType type) {
    if (white != 0) {
      return white;
    }
    return type.integer ? WHITE : 1;
  }

  /** Whether such values are what {@link ImageDataset} keeps. */
  boolean keepsBytes(IdxType type) {
    return type == IdxType.UNSIGNED_BYTE && whiteOf(type) == WHITE;
  }
}
