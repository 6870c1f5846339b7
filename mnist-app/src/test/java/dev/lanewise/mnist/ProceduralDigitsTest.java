// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.graph.Shape;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class ProceduralDigitsTest {
  private static final int PIXELS = 28 * 28;

  /** Results that people compare rest on these images: a change of them must be meant. */
  @Test
  void theImagesOfASeedNeverChange() throws NoSuchAlgorithmException {
    byte[] pixels = ProceduralDigits.pixels(1, "train", 200);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(pixels);
    assertEquals(
        "6e19c327a52f16109f499f600adaed0150fd89052d29e6b4080cadafc57c613e",
        HexFormat.of().formatHex(digest));
    assertEquals(
        "82799392169301848025",
        Arrays.toString(ProceduralDigits.labels(1, "train", 20)).replaceAll("[^0-9]", ""));
  }

  @Test
  void theNumberOfThreadsMakesNoDifference() {
    byte[] pixels = ProceduralDigits.pixels(5, "train", 300);
    try (ForkJoinPool pool = new ForkJoinPool(5)) {
      assertArrayEquals(pixels, pool.submit(() -> ProceduralDigits.pixels(5, "train", 300)).join());
    }
    assertArrayEquals(
        Arrays.copyOf(pixels, 100 * PIXELS), ProceduralDigits.pixels(5, "train", 100));
  }

  @Test
  void setsAndSeedsDiffer() {
    byte[] pixels = ProceduralDigits.pixels(5, "train", 20);
    assertFalse(Arrays.equals(pixels, ProceduralDigits.pixels(6, "train", 20)));
    assertFalse(Arrays.equals(pixels, ProceduralDigits.pixels(5, "test", 20)));
  }

  @Test
  void imagesLookLikeThoseOfMnist() {
    int count = 2000;
    byte[] pixels = ProceduralDigits.pixels(3, "train", count);
    int[] perDigit = new int[10];
    for (byte label : ProceduralDigits.labels(3, "train", count)) {
      perDigit[label]++;
    }
    for (int digit = 0; digit < 10; digit++) {
      assertTrue(perDigit[digit] > count / 20, Arrays.toString(perDigit));
    }
    double all = 0;
    for (int i = 0; i < count; i++) {
      double mass = 0;
      double x = 0;
      double y = 0;
      int brightest = 0;
      for (int p = 0; p < PIXELS; p++) {
        int value = pixels[i * PIXELS + p] & 0xFF;
        brightest = Math.max(brightest, value);
        mass += value;
        x += value * (p % 28 + 0.5);
        y += value * (p / 28 + 0.5);
      }
      assertTrue(brightest > 150, "image " + i + " is too dark");
      assertEquals(14, x / mass, 2.5, "centre of image " + i);
      assertEquals(14, y / mass, 2.5, "centre of image " + i);
      all += mass / 255 / PIXELS;
    }
    assertEquals(0.1307, all / count, 0.01, "mean brightness; MNIST's is 0.1307");
  }

  @Test
  void setsAreAsLargeAsMnist() {
    ImageDataset test = ProceduralDigits.test(2);
    assertEquals(10_000, test.size());
    assertEquals(10, test.classes());
    assertEquals(new Shape(28, 28, 1), test.shape());
    assertEquals(60_000, ProceduralDigits.TRAIN);
  }
}
