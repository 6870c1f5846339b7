// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Whatever the bytes, a {@link DataException} of one line is thrown or a picture returned that has
 * the size that the file says; and where a strict reader of PNG files finds no fault, it is the
 * picture that this one sees. In an ordinary build the inputs kept as resources are tried; {@code
 * -Pfuzz} searches.
 *
 * <p>The first byte of an input says what is done to the rest, since no search finds checksums:
 * nothing, or every chunk of a PNG file gets its true one, or the content of IDAT is zipped
 * besides.
 */
class PictureFuzzTest {
  private static final Path FILE = Path.of("fuzz");

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void read(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(bytes, 1, bytes.length);
    int what = bytes[0] & 3;
    byte[] file = what == 0 ? rest : rebuilt(rest, what > 1);
    Picture expected;
    try {
      expected = StrictPngReader.read(FILE, file);
    } catch (DataException e) {
      expected = null;
    }
    try {
      PictureFile opened = PictureFile.of(FILE, file);
      Picture picture = opened.decode();
      assertEquals(opened.height(), picture.height());
      assertEquals(opened.width(), picture.width());
      assertEquals(4 * picture.height() * picture.width(), picture.rgba().length);
      if (expected != null) {
        assertEquals(expected.height(), picture.height());
        assertEquals(expected.width(), picture.width());
        assertArrayEquals(expected.rgba(), picture.rgba());
      }
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      assertEquals(null, expected, e.getMessage());
    }
  }

  /**
   * The same chunks, as far as there are chunks, with their checksums.
   *
   * @param zip whether to zip the content of IDAT
   */
  private static byte[] rebuilt(byte[] png, boolean zip) {
    ByteBuffer in = ByteBuffer.wrap(png);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] start = new byte[Math.min(PngWriter.SIGNATURE.length, png.length)];
    in.get(start);
    out.writeBytes(start);
    while (in.remaining() >= 12) {
      int length = in.getInt();
      byte[] name = new byte[4];
      in.get(name);
      byte[] content = new byte[Math.clamp(length, 0, in.remaining() - 4)];
      in.get(content);
      in.getInt();
      String type = new String(name, StandardCharsets.ISO_8859_1);
      boolean zipped = zip && type.equals("IDAT");
      out.writeBytes(PngWriter.chunk(type, zipped ? PngWriter.zlib(content) : content));
    }
    byte[] end = new byte[in.remaining()];
    in.get(end);
    out.writeBytes(end);
    return out.toByteArray();
  }
}
