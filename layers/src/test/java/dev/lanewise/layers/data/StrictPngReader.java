// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A reader of PNG files that shares nothing with ImageIO, as the oracle of the tests. It refuses
 * whatever is not as the specification wants it; {@link PngPixels} makes a picture of what is.
 */
final class StrictPngReader {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** Far more than the largest picture; what else a file holds is skipped, but has to be read. */
  private static final int MAX_FILE = 1 << 24;

  /** Length, type and checksum of a chunk. */
  private static final int FRAME = 12;

  private static final int HEADER_SIZE = 13;
  private static final int MAX_SIDE = 512;

  private final Path file;
  private final ByteBuffer bytes;

  private PngPixels pixels; // null before the header
  private byte[] palette; // [entries, 3], null if there is none
  private byte[] transparent; // the content of tRNS, null if there is none
  private final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
  private String before = ""; // type of the chunk before

  private StrictPngReader(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  static Picture read(Path file, byte[] bytes) throws DataException {
    return new StrictPngReader(file, bytes).read();
  }

  private Picture read() throws DataException {
    int size = bytes.capacity();
    if (size > MAX_FILE) {
      throw fault("is longer than " + MAX_FILE + " bytes, the most that a PNG file may have here");
    }
    if (!Arrays.equals(SIGNATURE, Arrays.copyOf(bytes.array(), SIGNATURE.length))) {
      throw fault("is not a PNG file: it does not begin as one");
    }
    bytes.position(SIGNATURE.length);
    while (!before.equals("IEND")) {
      readChunk();
    }
    if (bytes.hasRemaining()) {
      throw fault("has " + bytes.remaining() + " bytes after its end, expected none");
    }
    return pixels.image(file, inflate(pixels.size()), palette, transparent);
  }

  private void readChunk() throws DataException {
    if (bytes.remaining() < FRAME) {
      throw fault("is truncated: it ends at byte " + bytes.capacity() + ", before a chunk IEND");
    }
    int begin = bytes.position();
    int length = bytes.getInt();
    if (length < 0 || length > bytes.capacity() - begin - FRAME) {
      throw fault(
          "is truncated: the chunk at byte %d is said to have %d bytes, more than there are"
              .formatted(begin, Integer.toUnsignedLong(length)));
    }
    CRC32 crc = new CRC32();
    crc.update(bytes.array(), begin + 4, 4 + length);
    if (bytes.getInt(begin + 8 + length) != (int) crc.getValue()) {
      throw fault("is damaged: the chunk at byte " + begin + " does not have its checksum");
    }
    byte[] name = new byte[4];
    bytes.get(name);
    String type = new String(name, StandardCharsets.ISO_8859_1);
    if (pixels == null && !type.equals("IHDR")) {
      throw fault("begins with a chunk " + type + ", expected IHDR");
    }
    take(type, bytes.slice(begin + 8, length));
    bytes.position(begin + length + FRAME);
    before = type;
  }

  private void take(String type, ByteBuffer content) throws DataException {
    boolean anyPixels = compressed.size() > 0 || before.equals("IDAT");
    switch (type) {
      case "IHDR" -> {
        requirePlace(pixels == null, type);
        pixels = header(content);
      }
      case "PLTE" -> {
        requirePlace(palette == null && transparent == null && !anyPixels, type);
        palette = palette(content);
      }
      case "tRNS" -> {
        requirePlace(transparent == null && !anyPixels, type);
        transparent = transparent(content);
      }
      case "IDAT" -> {
        requirePlace(!anyPixels || before.equals("IDAT"), type);
        requirePlace(pixels.colour() != PngPixels.PALETTE || palette != null, type);
        byte[] part = new byte[content.remaining()];
        content.get(part);
        compressed.writeBytes(part);
      }
      case "IEND" -> {
        requirePlace(anyPixels, type);
        requireLength(!content.hasRemaining(), type, content);
      }
      default -> {
        if (!isAncillary(type)) {
          throw fault("has a chunk " + type + ", which no reader may leave out");
        }
      }
    }
  }

  /** Whether a picture can be shown without: a bit of the name says so. */
  private static boolean isAncillary(String type) {
    return type.chars().allMatch(c -> c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
        && Character.isLowerCase(type.charAt(0));
  }

  private PngPixels header(ByteBuffer content) throws DataException {
    requireLength(content.remaining() == HEADER_SIZE, "IHDR", content);
    int width = content.getInt();
    int height = content.getInt();
    if (width < 1 || width > MAX_SIDE || height < 1 || height > MAX_SIDE) {
      throw fault(
          "has a picture of %sx%s, expected sides from 1 to %d"
              .formatted(
                  Integer.toUnsignedString(width), Integer.toUnsignedString(height), MAX_SIDE));
    }
    int depth = content.get();
    int colour = content.get();
    if (!PngPixels.exists(colour, depth)) {
      throw fault(
          "has colour type " + colour + " with bit depth " + depth + ", which PNG does not have");
    }
    int compression = content.get();
    int filter = content.get();
    int interlace = content.get();
    if (compression != 0 || filter != 0 || interlace < 0 || interlace > 1) {
      throw fault(
          "has compression %d, filter %d and interlace %d, expected 0, 0 and 0 or 1"
              .formatted(compression, filter, interlace));
    }
    return new PngPixels(width, height, depth, colour, interlace == 1);
  }

  private byte[] palette(ByteBuffer content) throws DataException {
    requirePlace(pixels.colour() != PngPixels.GREY && pixels.colour() != PngPixels.GREY_A, "PLTE");
    int most = pixels.colour() == PngPixels.PALETTE ? 1 << pixels.depth() : 256;
    int length = content.remaining();
    requireLength(length > 0 && length % 3 == 0 && length / 3 <= most, "PLTE", content);
    byte[] colours = new byte[length];
    content.get(colours);
    return colours;
  }

  private byte[] transparent(ByteBuffer content) throws DataException {
    int length = content.remaining();
    switch (pixels.colour()) {
      case PngPixels.GREY -> requireLength(length == 2, "tRNS", content);
      case PngPixels.RGB -> requireLength(length == 6, "tRNS", content);
      case PngPixels.PALETTE -> {
        requirePlace(palette != null, "tRNS");
        requireLength(length > 0 && length <= palette.length / 3, "tRNS", content);
      }
      default -> requirePlace(false, "tRNS");
    }
    byte[] values = new byte[length];
    content.get(values);
    return values;
  }

  /** What the IDAT chunks hold, which must be as long as the header says, to the byte. */
  private byte[] inflate(int size) throws DataException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed.toByteArray());
      byte[] inflated = new byte[size + 1]; // one more, to see that there is nothing
      int count = 0;
      for (int more = -1; more != 0 && count <= size; count += more) {
        more = inflater.inflate(inflated, count, inflated.length - count);
      }
      if (count > size) {
        throw fault("has more pixels than its header says: more than " + size + " bytes of them");
      }
      if (count < size || !inflater.finished()) {
        throw fault(
            "is missing pixel data: %d bytes of it, expected %d and the checksum"
                .formatted(count, size));
      }
      if (inflater.getRemaining() > 0) {
        throw fault("has " + inflater.getRemaining() + " bytes after its pixels, expected none");
      }
      return inflated;
    } catch (DataFormatException e) {
      throw fault("has damaged pixels: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  private void requirePlace(boolean condition, String type) throws DataException {
    if (!condition) {
      throw fault("has a chunk " + type + " where none belongs");
    }
  }

  private void requireLength(boolean condition, String type, ByteBuffer content)
      throws DataException {
    if (!condition) {
      throw fault(
          "has a chunk " + type + " of " + content.capacity() + " bytes, expected another length");
    }
  }

  private DataException fault(String message) {
    return new DataException(file, message);
  }
}
