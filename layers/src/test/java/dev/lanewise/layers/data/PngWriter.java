// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Makes PNG files, good and bad ones, from their chunks. */
final class PngWriter {
  static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private static final int[][] ADAM7 = { // the pass of each pixel of a square of 8x8
    {1, 6, 4, 6, 2, 6, 4, 6}, {7, 7, 7, 7, 7, 7, 7, 7},
    {5, 6, 5, 6, 5, 6, 5, 6}, {7, 7, 7, 7, 7, 7, 7, 7},
    {3, 6, 4, 6, 3, 6, 4, 6}, {7, 7, 7, 7, 7, 7, 7, 7},
    {5, 6, 5, 6, 5, 6, 5, 6}, {7, 7, 7, 7, 7, 7, 7, 7}
  };

  private PngWriter() {}

  static byte[] png(byte[]... chunks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(SIGNATURE);
    for (byte[] chunk : chunks) {
      bytes.writeBytes(chunk);
    }
    return bytes.toByteArray();
  }

  static byte[] chunk(String type, byte... content) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
    chunk.putInt(content.length).put(type.getBytes(StandardCharsets.ISO_8859_1)).put(content);
    return chunk.putInt(crc(chunk.array(), 4, 4 + content.length)).array();
  }

  static int crc(byte[] bytes, int from, int count) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, count);
    return (int) crc.getValue();
  }

  static byte[] header(int width, int height, int depth, int colour, int interlace) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) colour).putShort((short) 0).put((byte) interlace);
    return chunk("IHDR", header.array());
  }

  static byte[] data(byte... rows) {
    return chunk("IDAT", zlib(rows));
  }

  static byte[] end() {
    return chunk("IEND");
  }

  static byte[] zlib(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Rows of random filters and of bytes that, filtered so, are random too. */
  static byte[] randomRows(int width, int height, int bitsPerPixel, int interlace, Random random) {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (int columns : columnsOfRows(width, height, interlace)) {
      byte[] row = new byte[(columns * bitsPerPixel + 7) / 8];
      random.nextBytes(row);
      rows.write(random.nextInt(5));
      rows.writeBytes(row);
    }
    return rows.toByteArray();
  }

  /** How many pixels each row has, by the table of the specification. */
  private static List<Integer> columnsOfRows(int width, int height, int interlace) {
    List<Integer> rows = new ArrayList<>();
    for (int pass = 1; pass <= 7; pass++) {
      for (int y = 0; y < height; y++) {
        int columns = 0;
        for (int x = 0; x < width; x++) {
          columns += interlace == 0 ? (pass == 1 ? 1 : 0) : ADAM7[y % 8][x % 8] == pass ? 1 : 0;
        }
        if (columns > 0) {
          rows.add(columns);
        }
      }
    }
    return rows;
  }
}
