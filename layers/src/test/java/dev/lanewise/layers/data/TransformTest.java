// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TransformTest {
  private static Transform.Context context(Shape shape) {
    Transform.Context context = new Transform.Context(5);
    context.begin(shape, 0, 0);
    return context;
  }

  @Test
  void eachChannelIsNormalizedByItself() {
    float[] image = {9f, 1f, 2f, 3f, 4f, 5f, 6f, 9f};
    new Normalize(new float[] {1f, 2f, 0.5f}, new float[] {2f, 0.5f, 3f})
        .apply(image, 1, context(new Shape(1, 2, 3)));
    float[] expected = {9f, 0f, 0f, 2.5f / 3f, 1.5f, 6f, 5.5f / 3f, 9f};
    assertArrayEquals(expected, image);
  }

  @Test
  void oneMeanServesAllChannels() {
    float[] image = {1f, 2f, 3f, 4f};
    new Normalize(0.1307f, 0.3081f).apply(image, 0, context(new Shape(2, 1, 2)));
    for (int i = 0; i < 4; i++) {
      assertEquals((i + 1 - 0.1307f) / 0.3081f, image[i]);
    }
  }

  @Test
  void saysWhatItDoes() {
    assertEquals("(x - [0.25]) / [0.5]", new Normalize(0.25f, 0.5f).toString());
  }

  @Test
  void otherNumbersOfChannelsAreRefused() {
    Normalize two = new Normalize(new float[2], new float[] {1f, 1f});
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> two.apply(new float[3], 0, context(new Shape(1, 1, 3))))
            .getMessage();
    assertEquals("there are means of 2 channels, but images [1, 1, 3]", message);
    assertThrows(
        IllegalArgumentException.class, () -> new Normalize(new float[1], new float[] {1f, 1f}));
    assertThrows(IllegalArgumentException.class, () -> new Normalize(new float[0], new float[0]));
    assertThrows(IllegalArgumentException.class, () -> new Normalize(Float.NaN, 1f));
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, -1f, Float.NaN, Float.POSITIVE_INFINITY})
  void impossibleDeviationsAreRefused(float deviation) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Normalize(0f, deviation))
            .getMessage();
    assertTrue(message.endsWith("0.0 and " + deviation), message);
  }

  @Test
  void oneTransformFollowsTheOther() {
    Transform shift = (image, offset, context) -> image[offset] += 1;
    Transform twice = (image, offset, context) -> image[offset] *= 2;
    float[] image = {3f};
    Transform.NONE.then(shift).then(twice).apply(image, 0, context(new Shape(1, 1, 1)));
    assertEquals(8f, image[0]);
  }

  /** The stream that docs/reproducibility.md promises, whatever was drawn before. */
  @Test
  void randomNumbersDependOnSeedEpochAndImage() {
    Transform.Context context = new Transform.Context(5);
    RandomStream augment = new RandomStream(5).split("augment");
    for (int[] each : new int[][] {{0, 3}, {0, 4}, {2, 4}, {2, 3}, {0, 3}}) {
      context.begin(new Shape(2, 2, 1), each[0], each[1]);
      assertEquals(each[0], context.epoch());
      assertEquals(each[1], context.image());
      RandomStream expected = augment.split(each[0]).split(each[1]);
      for (int i = 0; i < 3; i++) {
        assertEquals(expected.nextLong(), context.random().nextLong());
      }
    }
  }

  @Test
  void scratchMemoryGrowsWithTheImages() {
    Transform.Context context = context(new Shape(2, 2, 1));
    float[] small = context.scratch();
    assertEquals(4, small.length);
    assertSame(small, context.scratch());
    context.begin(new Shape(3, 3, 1), 0, 0);
    assertEquals(9, context.scratch().length);
  }
}
