// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.file.Path;
import java.util.List;

/**
 * What a picture's file holds, once its structure has been found whole.
 *
 * @param format a name that ImageIO knows
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param content a file of the same format with nothing but what makes pixels
 * @param hidden the values of the one colour that is not opaque, as many as a pixel has; or none
 * @param warnings what is wrong with the file but leaves the pixels whole
 * @param orientation how the picture lies in it, as {@link ExifOrientation} says
 */
record Encoded(
    String format,
    int height,
    int width,
    byte[] content,
    int[] hidden,
    List<String> warnings,
    int orientation) {
  static final int[] NOTHING_HIDDEN = {};

  /** The most pixels that are decoded; so no side is longer either. */
  static final int MAX_PIXELS = 1 << 24;

  /** A picture that is upright. */
  Encoded(
      String format, int height, int width, byte[] content, int[] hidden, List<String> warnings) {
    this(format, height, width, content, hidden, warnings, ExifOrientation.UPRIGHT);
  }

  /** Checks the sides as a file has them, so that all that is computed from them fits. */
  static void requireSides(Path file, long height, long width) throws DataException {
    if (height < 1 || width < 1) {
      throw new DataException(
          file, "has a picture of " + width + "x" + height + ", expected sides of at least 1");
    }
    if (height > MAX_PIXELS || width > MAX_PIXELS) {
      throw tooManyPixels(file, height, width);
    }
  }

  static DataException tooManyPixels(Path file, long height, long width) {
    return new DataException(
        file,
        "has a picture of "
            + width
            + "x"
            + height
            + ", expected at most "
            + MAX_PIXELS
            + " pixels");
  }

  static List<String> bytesAfterEnd(int count) {
    return count == 0 ? List.of() : List.of("has " + count + " bytes after its end, left unread");
  }
}
