// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which way up a camera was held, as a photo says it (Exif 2.32, tag 0x0112; the form is that of
 * TIFF 6.0). What is not understood is left out: it is no part of the picture.
 */
final class ExifOrientation {
  /** The first row is above, the first column on the left. */
  static final int UPRIGHT = 1;

  /** From here on rows of the file are columns of the picture. */
  private static final int FIRST_ON_ITS_SIDE = 5;

  private static final int LAST = 8;
  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY = 12;

  private ExifOrientation() {}

  /**
   * Reads it.
   *
   * @param tiff what follows the name Exif in its segment
   * @return from 1 to 8; 1 where nothing is said
   */
  static int of(ByteBuffer tiff) {
    ByteBuffer bytes = tiff.slice();
    if (bytes.remaining() < 8) {
      return UPRIGHT;
    }
    int order = bytes.getShort(0);
    bytes.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = bytes.getInt(4) & 0xFFFFFFFFL;
    if (directory + 2 > bytes.limit()) {
      return UPRIGHT;
    }
    int entries = bytes.getShort((int) directory) & 0xFFFF;
    for (int i = 0; i < entries; i++) {
      long at = directory + 2 + (long) i * ENTRY;
      if (at + ENTRY > bytes.limit()) {
        return UPRIGHT;
      }
      int entry = (int) at;
      if ((bytes.getShort(entry) & 0xFFFF) == TAG && bytes.getShort(entry + 2) == SHORT) {
        int value = bytes.getShort(entry + 8) & 0xFFFF;
        return value >= UPRIGHT && value <= LAST ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  /**
   * Whether rows of the file are columns of the picture, so that height and width change places.
   */
  static boolean isOnItsSide(int orientation) {
    return orientation >= FIRST_ON_ITS_SIDE;
  }

  /**
   * Turns pixels from the way they lie in the file to the way they are to be seen.
   *
   * @param rgba {@code [rows, columns, 4]}
   * @param rows of the file
   * @param columns of the file
   * @return the same, or {@code [columns, rows, 4]} if the picture lies on its side
   */
  static byte[] upright(byte[] rgba, int rows, int columns, int orientation) {
    if (orientation == UPRIGHT) {
      return rgba;
    }
    boolean side = isOnItsSide(orientation);
    int height = side ? columns : rows;
    int width = side ? rows : columns;
    // Where the first row of the file is, and its first column: Exif 2.32, 4.6.5.
    boolean fromBottom =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    byte[] turned = new byte[rgba.length];
    for (int y = 0, to = 0; y < height; y++) {
      int down = fromBottom ? height - 1 - y : y;
      for (int x = 0; x < width; x++, to += 4) {
        int across = fromRight ? width - 1 - x : x;
        int from = side ? across * columns + down : down * columns + across;
        System.arraycopy(rgba, 4 * from, turned, to, 4);
      }
    }
    return turned;
  }
}
