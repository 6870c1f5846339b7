// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whatever the bytes, a file of CIFAR's is read as what it says or refused with a {@link
 * DataException} of one line. In an ordinary build the inputs kept as resources are tried; {@code
 * -Pfuzz} searches.
 */
class CifarFuzzTest {
  private static final int PLANE = 32 * 32;

  /** The first byte says which labels to take; the images are filled up to whole ones. */
  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void images(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("cifar");
    Path file = folder.resolve("images.bin");
    try {
      int first = bytes.length == 0 ? 0 : bytes[0] & 0xFF;
      CifarLabels labels = CifarLabels.values()[first % CifarLabels.values().length];
      int each = labels.header() + 3 * PLANE;
      boolean whole = first < 128;
      byte[] content = new byte[whole ? Math.ceilDiv(bytes.length, each) * each : bytes.length];
      System.arraycopy(bytes, 0, content, 0, bytes.length);
      Files.write(file, content);
      check(labels, file, content, each);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  private static void check(CifarLabels labels, Path file, byte[] content, int each)
      throws IOException {
    ImageDataset images;
    try {
      images = CifarReader.read(labels, List.of(file));
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    assertEquals(content.length, (long) images.size() * each);
    float[] x = new float[3 * PLANE];
    int[] label = new int[1];
    for (int i = 0; i < images.size(); i++) {
      images.copy(new int[] {i}, 0, 1, x, 0, label, 0);
      assertEquals(content[i * each + labels.taken()] & 0xFF, label[0]);
      assertTrue(label[0] < images.classes());
      int pixels = i * each + labels.header();
      for (int at = 0; at < x.length; at++) {
        int value = content[pixels + at % 3 * PLANE + at / 3] & 0xFF;
        assertEquals(value / 255f, x[at]);
      }
    }
  }
}
