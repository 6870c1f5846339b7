// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MomentsTest {
  private static final Shape SHAPE = Shape.of(3, 5, 3);

  /** More images than are looked at in one go; a channel near 0, one far from it, one constant. */
  private static float[] images(int count) {
    RandomStream random = new RandomStream(3);
    float[] images = new float[count * SHAPE.size()];
    for (int i = 0; i < images.length; i += 3) {
      images[i] = (float) random.nextDouble();
      images[i + 1] = (float) (1000 + random.nextGaussian());
      images[i + 2] = 0.25f;
    }
    return images;
  }

  private static FloatDataset data(float[] images) {
    return new FloatDataset(SHAPE, 2, images, new int[images.length / SHAPE.size()]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 700})
  void meanAndDeviationAreThoseOfThePixels(int count) {
    float[] images = images(count);
    Normalize found = Normalize.of(data(images), WorkerTeam.single());
    int pixels = images.length / 3;
    for (int c = 0; c < 3; c++) {
      double mean = 0;
      for (int i = c; i < images.length; i += 3) {
        mean += images[i] / (double) pixels;
      }
      double variance = 0;
      for (int i = c; i < images.length; i += 3) {
        variance += Math.pow(images[i] - mean, 2) / pixels;
      }
      assertEquals((float) mean, found.mean()[c], 1e-7 * mean);
      double deviation = c == 2 ? 1 : Math.sqrt(variance);
      assertEquals((float) deviation, found.deviation()[c], 1e-7 * deviation);
    }
  }

  @Test
  void theBitsDoNotDependOnTheThreads() {
    FloatDataset data = data(images(700));
    Normalize expected = Normalize.of(data, WorkerTeam.single());
    for (int threads : new int[] {2, 3, 16}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        assertEquals(expected, Normalize.of(data, team));
      }
    }
  }

  /** What it says is what makes them normal. */
  @Test
  void theImagesBecomeNormal() {
    float[] images = images(300);
    Normalize normalize = Normalize.of(data(images), WorkerTeam.single());
    for (int i = 0; i < images.length; i += SHAPE.size()) {
      normalize.apply(images, i, SHAPE);
    }
    Normalize after = Normalize.of(data(images), WorkerTeam.single());
    assertArrayEquals(new float[3], after.mean(), 1e-4f);
    assertArrayEquals(new float[] {1, 1, 1}, after.deviation(), 1e-4f);
  }

  @Test
  void whatHasNoMeanIsRefused() {
    assertEquals(
        "there are no images to take the mean of",
        assertThrows(
                IllegalArgumentException.class,
                () -> Normalize.of(data(new float[0]), WorkerTeam.single()))
            .getMessage());
    float[] images = images(2);
    images[4] = Float.NaN;
    assertEquals(
        "channel 1 of the images has values that are not finite",
        assertThrows(
                IllegalArgumentException.class,
                () -> Normalize.of(data(images), WorkerTeam.single()))
            .getMessage());
  }
}
