// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The structure of a PNG file (W3C, "Portable Network Graphics Specification"): chunks, each with
 * length, type, content and checksum. Those that make no pixels are skipped, however damaged.
 */
final class PngChunks {
  private static final int SIGNATURE = 8; // bytes before the first chunk

  /** Length, type and checksum of a chunk. */
  private static final int FRAME = 12;

  private static final int HEADER_SIZE = 13;
  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;

  /** That a chunk is one of these is certain enough where its checksum is wrong. */
  private static final Set<String> WITHOUT_PIXELS =
      Set.of(
          "bKGD", "cHRM", "cICP", "cLLI", "eXIf", "gAMA", "hIST", "iCCP", "iTXt", "mDCV", "pHYs",
          "sBIT", "sPLT", "sRGB", "tEXt", "tIME", "zTXt");

  private final Path file;
  private final ByteBuffer bytes;
  private final List<String> warnings = new ArrayList<>();
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
  private int height; // 0 before the header
  private int width;
  private int depth;
  private int colour;
  private boolean palette;
  private boolean transparent;
  private int[] hidden = Encoded.NOTHING_HIDDEN;

  private PngChunks(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  static Encoded read(Path file, byte[] bytes) throws DataException {
    return new PngChunks(file, bytes).read();
  }

  private Encoded read() throws DataException {
    content.write(bytes.array(), 0, SIGNATURE);
    bytes.position(SIGNATURE);
    String before = "";
    while (!before.equals("IEND")) {
      before = readChunk(before);
    }
    if (pixels.size() > mostBytes()) {
      throw fault(
          "has %d bytes of zipped pixels, far more than %dx%d of them can need"
              .formatted(pixels.size(), width, height));
    }
    warnings.addAll(Encoded.bytesAfterEnd(bytes.remaining()));
    write("IDAT", pixels.toByteArray());
    write("IEND");
    return new Encoded("png", height, width, content.toByteArray(), hidden, List.copyOf(warnings));
  }

  /** Twice as many as all pixels have unzipped, with 8 bytes each and the filters of 7 passes. */
  private long mostBytes() {
    return 2L * height * (8L * width + 7) + 1000;
  }

  /** Reads a chunk after one of type {@code before}; returns its type. */
  private String readChunk(String before) throws DataException {
    int begin = bytes.position();
    if (bytes.remaining() < FRAME) {
      throw fault("is truncated: it ends at byte " + bytes.capacity() + ", before a chunk IEND");
    }
    int length = bytes.getInt();
    if (length < 0 || length > bytes.capacity() - begin - FRAME) {
      throw fault(
          "is truncated: the chunk at byte %d is said to have %d bytes, more than there are"
              .formatted(begin, Integer.toUnsignedLong(length)));
    }
    CRC32 crc = new CRC32();
    crc.update(bytes.array(), begin + 4, 4 + length);
    String type = new String(bytes.array(), begin + 4, 4, StandardCharsets.ISO_8859_1);
    if (bytes.getInt(begin + 8 + length) != (int) crc.getValue()) {
      if (!WITHOUT_PIXELS.contains(type)) {
        throw fault("is damaged: the chunk at byte " + begin + " does not have its checksum");
      }
      warnings.add("has a damaged chunk " + type + ", left unread");
    }
    byte[] inside = new byte[length];
    bytes.get(begin + 8, inside);
    bytes.position(begin + FRAME + length);
    if (before.isEmpty() && !type.equals("IHDR")) {
      throw fault("begins with a chunk " + type + ", expected IHDR");
    }
    take(type, before, inside);
    return type;
  }

  private void take(String type, String before, byte[] inside) throws DataException {
    switch (type) {
      case "IHDR" -> {
        require(before.isEmpty(), type);
        header(inside);
      }
      case "PLTE" -> {
        require(!palette && pixels.size() == 0, type);
        require(inside.length > 0 && inside.length % 3 == 0, type);
        palette = true;
        if (colour == PALETTE) { // to others it is a suggestion
          write(type, inside);
        }
      }
      case "tRNS" -> {
        require(!transparent && pixels.size() == 0, type);
        transparent = true;
        transparent(inside);
      }
      case "IDAT" -> {
        require(pixels.size() == 0 || before.equals(type), type);
        require(palette || colour != PALETTE, type);
        pixels.writeBytes(inside);
      }
      case "IEND" -> require(pixels.size() > 0, type);
      default -> {
        if (!Character.isLowerCase(type.charAt(0))) { // a bit of the name says so
          throw fault("has a chunk " + type + ", which no reader may leave out");
        }
      }
    }
  }

  private void header(byte[] inside) throws DataException {
    if (inside.length != HEADER_SIZE) {
      throw fault("has a chunk IHDR of " + inside.length + " bytes, expected " + HEADER_SIZE);
    }
    ByteBuffer header = ByteBuffer.wrap(inside);
    long w = Integer.toUnsignedLong(header.getInt());
    long h = Integer.toUnsignedLong(header.getInt());
    Encoded.requireSides(file, h, w);
    width = (int) w;
    height = (int) h;
    depth = header.get();
    colour = header.get();
    write("IHDR", inside);
  }

  /** The opacities of a palette; else one colour, which ImageIO compares with too many bits. */
  private void transparent(byte[] inside) throws DataException {
    if (colour == PALETTE) {
      require(palette, "tRNS");
      write("tRNS", inside);
      return;
    }
    int values = colour == GREY ? 1 : 3;
    require(colour == GREY || colour == RGB, "tRNS");
    require(inside.length == 2 * values, "tRNS");
    hidden = new int[values];
    for (int i = 0; i < values; i++) {
      hidden[i] = ByteBuffer.wrap(inside).getShort(2 * i) & (1 << depth) - 1;
    }
  }

  private void write(String type, byte... inside) {
    ByteBuffer chunk = ByteBuffer.allocate(FRAME + inside.length).putInt(inside.length);
    chunk.put(type.getBytes(StandardCharsets.ISO_8859_1)).put(inside);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + inside.length);
    content.writeBytes(chunk.putInt((int) crc.getValue()).array());
  }

  private void require(boolean condition, String type) throws DataException {
    if (!condition) {
      throw fault("has a chunk " + type + " where none belongs, or of another length");
    }
  }

  private DataException fault(String message) {
    return new DataException(file, message);
  }
}
