// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * The structure of a BMP file (Microsoft, "Bitmap Storage"): a header, perhaps a palette, and rows
 * of pixels.
 */
final class BmpHeader {
  private static final int FILE_HEADER = 14;
  private static final int SHORTEST = 12;
  private static final int USUAL = 40;
  private static final int LONGEST = 124;
  private static final int MASKS = 3;

  private BmpHeader() {}

  static Encoded read(Path file, byte[] bytes) throws DataException {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    requireLength(file, in, FILE_HEADER + SHORTEST);
    long offset = Integer.toUnsignedLong(in.getInt(10));
    int header = in.getInt(FILE_HEADER);
    boolean os2 = header == SHORTEST; // with numbers of 16 bits
    if (!os2 && (header < USUAL || header > LONGEST) || offset < FILE_HEADER + (long) header) {
      throw new DataException(
          file,
          "has a BMP header of %d bytes and pixels from byte %d on, which does not exist"
              .formatted(Integer.toUnsignedLong(header), offset));
    }
    requireLength(file, in, FILE_HEADER + header);
    long width = os2 ? in.getShort(18) & 0xFFFF : in.getInt(18);
    long height = os2 ? in.getShort(20) & 0xFFFF : Math.abs((long) in.getInt(22));
    Encoded.requireSides(file, height, width);
    int depth = in.getShort(os2 ? 24 : 28);
    int compression = os2 ? 0 : in.getInt(30);
    if (compression != 0 && compression != MASKS) {
      throw new DataException(
          file, "has compressed pixels, which are not read from BMP files: convert it to PNG");
    }
    long rowBytes = (width * Math.clamp(depth, 1, 32) + 31) / 32 * 4;
    requireLength(file, in, offset + rowBytes * height);
    return new Encoded("bmp", (int) height, (int) width, bytes, Encoded.NOTHING_HIDDEN, List.of());
  }

  private static void requireLength(Path file, ByteBuffer in, long length) throws DataException {
    if (in.capacity() < length) {
      throw new DataException(
          file, "is truncated: it has " + in.capacity() + " bytes, expected " + length);
    }
  }
}
