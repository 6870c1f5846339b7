package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Whatever the bytes, the IDX reader returns what they say or throws a {@link DataException} of one
 * line. In an ordinary build the inputs kept as resources are tried; {@code -Pfuzz} searches.
 */
class IdxFuzzTest {
  private static final Path FILE = Path.of("fuzz");

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void images(byte[] bytes) throws IOException {
    IdxReader.Images images;
    try {
      images = IdxReader.readImages(FILE, new ByteArrayInputStream(bytes), bytes.length, null);
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    assertEquals((long) images.count() * images.shape().size(), images.pixels().length);
    if (bytes[0] == 0) { // not zipped: nothing but the header and the pixels
      int header = bytes.length - images.pixels().length;
      assertTrue(header == 16 || header == 20);
      assertArrayEquals(Arrays.copyOfRange(bytes, header, bytes.length), images.pixels());
    }
  }
}
