// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The structure of a GIF file (CompuServe, "Graphics Interchange Format 89a"), up to the end of the
 * first frame: a screen, extensions and frames, the last two in blocks of at most 255 bytes.
 */
final class GifBlocks {
  private static final int SCREEN = 13;
  private static final int FRAME = 9;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2C;
  private static final int END = 0x3B;

  private final Path file;
  private final ByteBuffer bytes;

  private GifBlocks(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static Encoded read(Path file, byte[] bytes) throws DataException {
    return new GifBlocks(file, bytes).read();
  }

  private Encoded read() throws DataException {
    skip(SCREEN);
    int width = bytes.getShort(6) & 0xFFFF;
    int height = bytes.getShort(8) & 0xFFFF;
    Encoded.requireSides(file, height, width);
    skip(paletteSize(bytes.get(10)));
    int type = next();
    for (; type == EXTENSION; type = next()) {
      skip(1); // of which kind
      skipBlocks();
    }
    if (type != IMAGE) {
      throw new DataException(
          file, "has no frame: a GIF block 0x%02X, expected 0x%02X".formatted(type, IMAGE));
    }
    int begin = bytes.position() - 1;
    skip(FRAME);
    int frameWidth = bytes.getShort(begin + 5) & 0xFFFF;
    int frameHeight = bytes.getShort(begin + 7) & 0xFFFF;
    if (bytes.getInt(begin + 1) != 0 || frameWidth != width || frameHeight != height) {
      throw new DataException(
          file,
          "has a first frame of %dx%d on a screen of %dx%d, expected one that fills it"
              .formatted(frameWidth, frameHeight, width, height));
    }
    skip(paletteSize(bytes.get(begin + FRAME)));
    skip(1); // bits of the first code
    skipBlocks();
    byte[] content = Arrays.copyOf(bytes.array(), bytes.position() + 1);
    content[bytes.position()] = END;
    return new Encoded("gif", height, width, content, Encoded.NOTHING_HIDDEN, warnings(next()));
  }

  private List<String> warnings(int after) {
    return after == END
        ? Encoded.bytesAfterEnd(bytes.remaining())
        : List.of("has more than its first frame, left unread");
  }

  private static int paletteSize(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1;
  }

  private void skipBlocks() throws DataException {
    for (int length = next(); length > 0; length = next()) {
      skip(length);
    }
  }

  private int next() throws DataException {
    skip(1);
    return bytes.get(bytes.position() - 1) & 0xFF;
  }

  private void skip(int count) throws DataException {
    if (bytes.remaining() < count) {
      throw new DataException(
          file, "is truncated: it ends at byte " + bytes.capacity() + ", within a GIF block");
    }
    bytes.position(bytes.position() + count);
  }
}
