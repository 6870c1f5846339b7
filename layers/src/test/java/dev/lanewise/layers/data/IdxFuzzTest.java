// SPDX-License-Identifier: Apache-2.0
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
    labels(bytes);
    IdxReader.Images images;
    try {
      images =
          IdxReader.readImages(
              FILE, new ByteArrayInputStream(bytes), bytes.length, null, IdxOptions.DEFAULT);
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    long values = (long) images.count() * images.shape().size();
    assertEquals(values * images.type().bytes, images.values().length);
    if (bytes[0] == 0) { // not zipped: nothing but the header and the pixels
      int header = bytes.length - images.values().length;
      assertTrue(header == 12 || header == 16 || header == 20);
      assertArrayEquals(Arrays.copyOfRange(bytes, header, bytes.length), images.values());
    }
    try {
      IdxReader.Labels labels = new IdxReader.Labels(FILE, new int[images.count()]);
      assertEquals(images.count(), IdxReader.dataset(images, labels, 1).size());
    } catch (DataException e) {
      assertTrue(e.getMessage().contains("not finite"), e.getMessage());
    }
  }

  private static void labels(byte[] bytes) throws IOException {
    try {
      for (int label :
          IdxReader.readLabels(FILE, new ByteArrayInputStream(bytes), bytes.length).numbers()) {
        assertTrue(label >= 0);
      }
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
    }
  }
}
