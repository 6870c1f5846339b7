// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchesTest {
  private static final Shape SHAPE = new Shape(2, 3, 1);
  private static final int IMAGES = 50;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void aBatchIsWhatTheDataSetHandsOut(int threads) {
    byte[] pixels = new byte[IMAGES * SHAPE.size()];
    byte[] classes = new byte[IMAGES];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
    }
    for (int i = 0; i < IMAGES; i++) {
      classes[i] = (byte) (i % 10);
    }
    ImageDataset data = new ImageDataset(SHAPE, 10, pixels, classes);
    int[] order = {7, 3, 49, 3, 0, 12, 25, 31, 48, 1, 2};
    Tensor x = new Tensor(new float[70], 5, 10, 2, 3, 1);
    Targets targets = new Targets(10);
    int[] labels = targets.labels();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Batches batches = new Batches(team);
      for (int count : new int[] {0, 1, 9}) {
        Arrays.fill(x.data, -1f);
        Arrays.fill(labels, -1);
        float[] expected = x.data.clone();
        int[] expectedLabels = labels.clone();
        data.copy(order, 1, count, expected, x.offset, expectedLabels, 0);
        batches.copy(data, order, 1, count, x, targets);
        assertArrayEquals(expected, x.data);
        assertArrayEquals(expectedLabels, labels);
      }
      Batches transforming = new Batches(team, BatchesTest::describe, 3);
      transforming.epoch(6);
      transforming.copy(data, order, 1, 9, x, targets);
      for (int i = 0; i < 9; i++) {
        assertEquals(6, x.data[x.offset + i * SHAPE.size()]);
        assertEquals(order[1 + i], x.data[x.offset + i * SHAPE.size() + 1]);
        assertEquals((order[1 + i] * 6 + 5 & 0xFF) / 255f, x.data[x.offset + i * 6 + 5]);
      }
      order[3] = IMAGES;
      assertThrows(
          IndexOutOfBoundsException.class, () -> batches.copy(data, order, 1, 9, x, targets));
    }
  }

  /** Writes what it is told into the image. */
  private static void describe(float[] image, int offset, Transform.Context context) {
    assertEquals(SHAPE, context.shape());
    image[offset] = context.epoch();
    image[offset + 1] = context.image();
  }

  /** Two threads that transform at the same time have a context each. */
  @Test
  void eachThreadHasAContextOfItsOwn() {
    Set<Transform.Context> contexts = ConcurrentHashMap.newKeySet();
    CountDownLatch both = new CountDownLatch(2);
    Transform meeting =
        (image, offset, context) -> {
          contexts.add(context);
          both.countDown();
          try {
            assertTrue(both.await(1, TimeUnit.MINUTES));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    Stripes data = new Stripes(20, 4, 1);
    int[] order = new int[20];
    try (WorkerTeam team = new WorkerTeam(2)) {
      new Batches(team, meeting, 1)
          .copy(data, order, 0, 20, Tensor.zeros(20, data.shape()), new Targets(20));
    }
    assertEquals(2, contexts.size());
  }
}
