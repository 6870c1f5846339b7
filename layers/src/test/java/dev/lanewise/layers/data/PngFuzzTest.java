package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * Whatever the bytes, the PNG reader throws a {@link DataException} of one line or returns the
 * picture that the JDK's own reader makes of the same file. In an ordinary build the inputs kept as
 * resources are tried; {@code -Pfuzz} searches.
 *
 * <p>The first byte of an input says what is done to the rest, since no search finds checksums:
 * nothing, or every chunk gets its true one, or the content of IDAT is zipped besides.
 */
class PngFuzzTest {
  private static final Path FILE = Path.of("fuzz");
  private static final int DEPTH_AT = 24;
  private static final int COLOUR_AT = 25;
  private static final Set<String> SEEN = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void read(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(bytes, 1, bytes.length);
    int what = bytes[0] & 3;
    byte[] png = what == 0 ? rest : rebuilt(rest, what > 1, false);
    PngImage image;
    try {
      image = PngReader.read(FILE, png);
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    PngImage expected = ImageIoPng.read(rebuilt(png, false, true));
    assertEquals(expected.width(), image.width());
    assertEquals(expected.height(), image.height());
    if (png[COLOUR_AT] == PngPixels.GREY && png[DEPTH_AT] < 8) {
      for (int i = 3; i < image.rgba().length; i += 4) {
        expected.rgba()[i] = image.rgba()[i]; // ImageIO mistakes the transparent one of these
      }
    }
    assertArrayEquals(expected.rgba(), image.rgba());
  }

  /**
   * The same chunks, as far as there are chunks, with their checksums.
   *
   * @param zip whether to zip the content of IDAT
   * @param forImageIo without what ImageIO would read besides and might not like, and the bits that
   *     it should not look at in the one colour that is transparent
   */
  private static byte[] rebuilt(byte[] png, boolean zip, boolean forImageIo) {
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
      if (forImageIo && type.equals("tRNS") && png[COLOUR_AT] != PngPixels.PALETTE) {
        for (int i = 0; i < content.length; i++) {
          content[i] &= (byte) ((1 << png[DEPTH_AT]) - 1 >> (i % 2 == 0 ? 8 : 0));
        }
      }
      if (!forImageIo || SEEN.contains(type)) {
        boolean zipped = zip && type.equals("IDAT");
        out.writeBytes(PngWriter.chunk(type, zipped ? PngWriter.zlib(content) : content));
      }
    }
    byte[] end = new byte[in.remaining()];
    in.get(end);
    out.writeBytes(end);
    return out.toByteArray();
  }
}
