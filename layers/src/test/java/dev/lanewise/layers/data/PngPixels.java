// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.file.Path;

/**
 * How a PNG file lays out its pixels, and what undoes it: the filter of each row, and the seven
 * passes of an interlaced picture (Adam7), each of which is a smaller picture. All sizes fit into
 * {@code int}, since the sides are limited.
 *
 * @param width columns
 * @param height rows
 * @param depth bits of a value: 1, 2, 4, 8 or 16
 * @param colour what the values of a pixel are, one of the constants
 * @param interlaced whether in seven passes
 */
record PngPixels(int width, int height, int depth, int colour, boolean interlaced) {
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_A = 4;
  static final int RGB_A = 6;

  /** First column, first row, and the steps to the next. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  /** Whether the format has this colour type with this depth. */
  static boolean exists(int colour, int depth) {
    return switch (colour) {
      case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case RGB, GREY_A, RGB_A -> depth == 8 || depth == 16;
      default -> false;
    };
  }

  /** How many bytes all rows have, each with its filter. */
  int size() {
    int size = 0;
    for (int[] pass : passes()) {
      size += rows(pass) * (1 + rowBytes(pass));
    }
    return size;
  }

  /**
   * Makes the picture.
   *
   * @param file named in messages
   * @param rows {@link #size} bytes; their content is lost
   * @param palette {@code [entries, 3]}, for that colour type
   * @param transparent opacities of the palette's first entries, or the one colour of 16-bit values
   *     that is not opaque, or {@code null}
   */
  Picture image(Path file, byte[] rows, byte[] palette, byte[] transparent) throws DataException {
    byte[] rgba = new byte[4 * width * height];
    int at = 0;
    for (int[] pass : passes()) {
      int rowBytes = rowBytes(pass);
      for (int y = 0; y < rows(pass); y++, at += rowBytes) {
        unfilter(file, rows, at++, rowBytes, y == 0);
        for (int x = 0; x < columns(pass); x++) {
          int pixel = (pass[1] + y * pass[3]) * width + pass[0] + x * pass[2];
          if (colour == PALETTE) {
            look(file, value(rows, at, x), palette, transparent, rgba, 4 * pixel);
          } else {
            convert(rows, at, x, transparent, rgba, 4 * pixel);
          }
        }
      }
    }
    return new Picture(height, width, rgba);
  }

  private int[][] passes() {
    return interlaced ? ADAM7 : WHOLE;
  }

  private int columns(int[] pass) {
    return (width - pass[0] + pass[2] - 1) / pass[2]; // 0 if width <= pass[0] < pass[2]
  }

  /** Of a pass without columns there is nothing in the file, not even the filters. */
  private int rows(int[] pass) {
    return columns(pass) == 0 ? 0 : (height - pass[1] + pass[3] - 1) / pass[3];
  }

  private int rowBytes(int[] pass) {
    return (columns(pass) * valuesPerPixel() * depth + 7) / 8;
  }

  private int valuesPerPixel() {
    return switch (colour) {
      case RGB -> 3;
      case GREY_A -> 2;
      case RGB_A -> 4;
      default -> 1;
    };
  }

  /** Undoes the filter at {@code at} of the row behind it: each byte was predicted from others. */
  private void unfilter(Path file, byte[] rows, int at, int rowBytes, boolean first)
      throws DataException {
    int filter = rows[at];
    if (filter < 0 || filter > 4) {
      throw new DataException(file, "has a row of filter " + (filter & 0xFF) + ", expected 0 to 4");
    }
    int pixelBytes = Math.max(1, valuesPerPixel() * depth / 8);
    for (int i = 0; i < rowBytes; i++) {
      int here = at + 1 + i;
      int above = here - rowBytes - 1;
      boolean edge = i < pixelBytes;
      int a = edge ? 0 : rows[here - pixelBytes] & 0xFF;
      int b = first ? 0 : rows[above] & 0xFF;
      int c = edge || first ? 0 : rows[above - pixelBytes] & 0xFF;
      int predicted =
          switch (filter) {
            case 1 -> a;
            case 2 -> b;
            case 3 -> (a + b) / 2;
            case 4 -> paeth(a, b, c);
            default -> 0;
          };
      rows[here] += (byte) predicted;
    }
  }

  /** The neighbour nearest to a + b - c; of equally near ones a, then b. */
  private static int paeth(int a, int b, int c) {
    int toA = Math.abs(b - c);
    int toB = Math.abs(a - c);
    int toC = Math.abs(a + b - 2 * c);
    return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
  }

  /** Value {@code i} of the row at {@code at}; the first of a byte is in its highest bits. */
  private int value(byte[] rows, int at, int i) {
    if (depth == 16) {
      return (rows[at + 2 * i] & 0xFF) << 8 | rows[at + 2 * i + 1] & 0xFF;
    }
    int bit = i * depth;
    return (rows[at + bit / 8] & 0xFF) >> 8 - depth - bit % 8 & (1 << depth) - 1;
  }

  private void look(Path file, int entry, byte[] palette, byte[] transparent, byte[] rgba, int to)
      throws DataException {
    if (3 * entry >= palette.length) {
      throw new DataException(
          file,
          "has a pixel of colour "
              + entry
              + ", but a palette of "
              + palette.length / 3
              + " colours");
    }
    System.arraycopy(palette, 3 * entry, rgba, to, 3);
    rgba[to + 3] = transparent != null && entry < transparent.length ? transparent[entry] : -1;
  }

  private void convert(byte[] rows, int at, int x, byte[] transparent, byte[] rgba, int to) {
    int values = valuesPerPixel();
    int colours = values < 3 ? 1 : 3;
    boolean opaque = transparent == null;
    for (int i = 0; i < 3; i++) {
      int value = value(rows, at, x * values + (colours == 1 ? 0 : i));
      rgba[to + i] = to8Bits(value);
      if (transparent != null && i < colours) {
        // Only the bits that values have: so the specification demands.
        int hidden = (transparent[2 * i] & 0xFF) << 8 | transparent[2 * i + 1] & 0xFF;
        opaque |= value != (hidden & (1 << depth) - 1);
      }
    }
    rgba[to + 3] =
        values > colours
            ? to8Bits(value(rows, at, x * values + colours))
            : (byte) (opaque ? 255 : 0);
  }

  /** Rounds 16 bits, and spreads fewer than 8 over the whole range. */
  private byte to8Bits(int value) {
    int most = (1 << depth) - 1;
    return (byte) ((value * 255 + most / 2) / most);
  }
}
