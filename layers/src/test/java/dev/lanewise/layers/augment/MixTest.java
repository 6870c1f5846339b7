// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MixTest {
  private static final Shape SHAPE = new Shape(13, 17, 3); // more than one task of MixUp
  private static final int SIZE = SHAPE.size();
  private static final int CLASSES = 4;
  private static final int OFFSET = 5;

  /** Images that follow one another in an array, and their one-hot targets. */
  private static final class Batch {
    final int count;
    final float[] before;
    final Tensor x;
    final Targets targets = new Targets(9, CLASSES);

    Batch(int count) {
      this.count = count;
      before = Image.random(new Shape(count, SIZE, 1), 11);
      float[] data = new float[OFFSET + count * SIZE + 2];
      Arrays.fill(data, 77f);
      System.arraycopy(before, 0, data, OFFSET, before.length);
      x = new Tensor(data, OFFSET, count, SHAPE.height(), SHAPE.width(), SHAPE.channels());
      for (int i = 0; i < count; i++) {
        targets.labels()[i] = i % CLASSES;
      }
    }

    Batch apply(BatchTransform transform, int threads, long seed) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        transform.newPass(SHAPE, CLASSES, 9, team).apply(count, x, targets, new RandomStream(seed));
      }
      assertEquals(77f, x.data[OFFSET - 1]);
      assertEquals(77f, x.data[OFFSET + count * SIZE]);
      return this;
    }

    float before(int image, int element) {
      return before[image * SIZE + element];
    }

    float after(int image, int element) {
      return x.data[OFFSET + image * SIZE + element];
    }

    int previous(int image) {
      return (image + count - 1) % count;
    }

    /** The share of itself that an image has in the targets. */
    float share() {
      float[] values = targets.values().data;
      float share = values[0];
      for (int i = 0; i < count; i++) {
        for (int c = 0; c < CLASSES; c++) {
          float own = c == i % CLASSES ? 1f : 0f;
          float other = c == previous(i) % CLASSES ? 1f : 0f;
          float expected = share * own + (1 - share) * other;
          assertEquals(expected, values[i * CLASSES + c], "image " + i + ", class " + c);
        }
      }
      return share;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void imagesAndTargetsAreMixedByTheSameShare(int threads) {
    Set<Float> shares = new HashSet<>();
    for (int seed = 0; seed < 5; seed++) {
      Batch batch = new Batch(7).apply(new MixUp(0.8), threads, seed);
      float share = batch.share();
      shares.add(share);
      for (int i = 0; i < batch.count; i++) {
        for (int e = 0; e < SIZE; e++) {
          float expected = share * batch.before(i, e);
          expected += (1 - share) * batch.before(batch.previous(i), e);
          assertEquals(expected, batch.after(i, e), "image " + i + ", element " + e);
        }
      }
    }
    assertEquals(5, shares.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void aRectangleIsThatOfTheImageBefore(int threads) {
    Set<String> boxes = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      Batch batch = new Batch(7).apply(new CutMix(), threads, seed);
      int top = 99;
      int bottom = -1;
      int left = 99;
      int right = -1;
      for (int e = 0; e < SIZE; e++) {
        if (batch.after(3, e) != batch.before(3, e)) {
          int y = e / 3 / 17;
          int x = e / 3 % 17;
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
      }
      int area = 0;
      for (int i = 0; i < batch.count; i++) {
        for (int e = 0; e < SIZE; e++) {
          int y = e / 3 / 17;
          int x = e / 3 % 17;
          boolean inside = y >= top && y <= bottom && x >= left && x <= right;
          int from = inside ? batch.previous(i) : i;
          assertEquals(batch.before(from, e), batch.after(i, e));
          area += inside && i == 0 && e % 3 == 0 ? 1 : 0;
        }
      }
      assertEquals((float) (1 - area / (13.0 * 17)), batch.share());
      boxes.add(top + " " + bottom + " " + left + " " + right);
    }
    assertTrue(boxes.size() > 10, boxes.toString());
  }

  @Test
  void oneImageStaysItself() {
    for (BatchTransform each : new BatchTransform[] {new MixUp(), new CutMix()}) {
      Batch batch = new Batch(1).apply(each, 1, 2);
      for (int e = 0; e < SIZE; e++) {
        assertEquals(batch.before(0, e), batch.after(0, e), 0x1p-23);
      }
      assertEquals(1f, batch.targets.values().data[0], 0x1p-23);
    }
  }

  /** Values are mixed as they are. */
  @Test
  void targetsMayBeValuesAlready() {
    Batch batch = new Batch(2);
    float[] values = batch.targets.useValues().data;
    float[] known = {1f, 2f, 3f, 4f, 10f, 20f, 30f, 40f};
    System.arraycopy(known, 0, values, 0, 8);
    batch.apply(new MixUp(), 1, 3);
    float share = (values[0] - 10f) / -9f;
    for (int c = 0; c < CLASSES; c++) {
      assertEquals(share * known[c] + (1 - share) * known[4 + c], values[c], 1e-4);
      assertEquals(share * known[4 + c] + (1 - share) * known[c], values[4 + c], 1e-4);
    }
  }

  @Test
  void oneOfSeveralIsChosenForABatch() {
    BatchTransform mark = mark(1f);
    BatchTransform choice = BatchTransform.oneOf(mark, mark(2f), BatchTransform.NONE);
    int[] counts = new int[3];
    for (int seed = 0; seed < 300; seed++) {
      Batch batch = new Batch(1);
      batch.x.data[OFFSET] = 0f;
      counts[(int) batch.apply(choice, 1, seed).after(0, 0)]++;
    }
    for (int count : counts) {
      assertEquals(100, count, 30);
    }
    assertEquals(
        "expected a transform to choose",
        assertThrows(IllegalArgumentException.class, BatchTransform::oneOf).getMessage());
  }

  private static BatchTransform mark(float value) {
    return (shape, outputs, maxBatch, team) ->
        (batch, x, targets, random) -> x.data[x.offset] = value;
  }

  /** The distribution function, in closed form, at two points; mean and variance. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0.1, 0.2048328, 0.3, 0.3690101",
    "1, 0.1, 0.1, 0.3, 0.3",
    "2, 0.1, 0.028, 0.3, 0.216",
    "3, 0.1, 0.00856, 0.3, 0.16308",
    "0.05, 0.1, NaN, 0.3, NaN",
    "100, 0.1, 0, 0.3, 0"
  })
  void sharesHaveTheirDistribution(double alpha, double a, double pA, double b, double pB) {
    RandomStream random = new RandomStream(17);
    int count = 20_000;
    double sum = 0;
    double squares = 0;
    int belowA = 0;
    int belowB = 0;
    for (int i = 0; i < count; i++) {
      double x = new Beta(alpha).draw(random);
      assertTrue(x >= 0 && x <= 1, "" + x);
      sum += x - 0.5;
      squares += (x - 0.5) * (x - 0.5);
      belowA += x < a ? 1 : 0;
      belowB += x < b ? 1 : 0;
    }
    double variance = 1 / (4 * (2 * alpha + 1));
    assertEquals(0, sum / count, 4 * Math.sqrt(variance / count));
    assertEquals(variance, squares / count, 0.03 * variance);
    if (!Double.isNaN(pA)) {
      assertEquals(pA, (double) belowA / count, 4 * Math.sqrt(pA * (1 - pA) / count));
      assertEquals(pB, (double) belowB / count, 4 * Math.sqrt(pB * (1 - pB) / count));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 0.0001, 1001, Double.NaN, Double.POSITIVE_INFINITY})
  void impossibleAlphasAreRefused(double alpha) {
    String message = "alpha must be from 0.001 to 1000.0, but is " + alpha;
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, () -> new MixUp(alpha)).getMessage());
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> new CutMix(alpha)).getMessage());
  }

  @Test
  void thePartnerIsReadBeforeItIsMixed() {
    float[] x = {1f, 2f, 4f, 8f, 16f, 32f};
    Neighbours.mix(x, 1, 2, 2, 1, 0.25f, new float[3], 2);
    assertArrayEquals(new float[] {1f, 6.5f, 4f, 3.5f, 16f, 32f}, x);
  }
}
