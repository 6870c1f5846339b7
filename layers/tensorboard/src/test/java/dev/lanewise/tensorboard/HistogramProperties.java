// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.tensorboard.schema.EventProto.Histogram;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class HistogramProperties {
  /** Of any size, some of them special, among others that must not be counted. */
  private static Floats values(long seed, int count, int exponents) {
    Random random = new Random(seed);
    float[] data = new float[count + 7];
    Arrays.fill(data, 1e30f);
    for (int i = 3; i < count + 3; i++) {
      float size = (float) Math.scalb(random.nextGaussian(), random.nextInt(exponents));
      data[i] =
          switch (random.nextInt(40)) {
            case 0 -> Float.NaN;
            case 1 -> Float.POSITIVE_INFINITY;
            case 2 -> Float.NEGATIVE_INFINITY;
            case 3 -> -0f;
            case 4 -> 1;
            default -> size;
          };
    }
    return new Floats(data, 3, count);
  }

  @Property(tries = 500)
  void everyFiniteValueIsInTheOneBucketThatHoldsIt(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 300) int count,
      @ForAll @IntRange(min = 1, max = 120) int exponents) {
    Floats values = values(seed, count, exponents);
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    int finite = 0;
    for (int i = 3; i < count + 3; i++) {
      float value = values.data[i];
      if (Float.isFinite(value)) {
        finite++;
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value;
        squares += (double) value * value;
      }
    }
    Histogram histogram = Histograms.of(values);
    if (finite == 0) {
      assertNull(histogram);
      return;
    }
    assertEquals(finite, histogram.getNum());
    assertEquals(min, histogram.getMin());
    assertEquals(max, histogram.getMax());
    assertEquals(sum, histogram.getSum());
    assertEquals(squares, histogram.getSumSquares());
    int buckets = histogram.getBucketCount();
    assertEquals(buckets, histogram.getBucketLimitCount());
    assertEquals(max > min ? Histograms.BUCKETS : 1, buckets);
    assertEquals(max, histogram.getBucketLimit(buckets - 1));
    double total = 0;
    double left = Double.NEGATIVE_INFINITY;
    for (int b = 0; b < buckets; b++) {
      double right = histogram.getBucketLimit(b);
      assertTrue(left < right, left + " " + right);
      int within = 0;
      for (int i = 3; i < count + 3; i++) {
        float value = values.data[i];
        within += Float.isFinite(value) && value > left && value <= right ? 1 : 0;
      }
      assertEquals(within, histogram.getBucket(b), "bucket " + b);
      total += histogram.getBucket(b);
      left = right;
    }
    assertEquals(finite, total);
    assertTrue(histogram.getBucket(0) > 0, "TensorBoard has it begin at the least value");
    assertTrue(histogram.getBucket(buckets - 1) > 0, "and the last one end at the largest");
  }

  @Example
  void widthsAreTheSame() {
    Histogram histogram = Histograms.of(Floats.of(-1, 0, 0.5f, 0.51f, 3));

    for (int b = 0; b < Histograms.BUCKETS; b++) {
      assertEquals(-1 + (b + 1) / 16.0, histogram.getBucketLimit(b));
    }
    assertEquals(1, histogram.getBucket(15), "0 is the limit of this bucket");
    assertEquals(1, histogram.getBucket(23));
    assertEquals(1, histogram.getBucket(24));
  }

  /** Float.MAX_VALUE squared, and twice the range, are finite as doubles. */
  @Example
  void theLargestFloats() {
    Histogram histogram = Histograms.of(Floats.of(-Float.MAX_VALUE, Float.MAX_VALUE));

    assertEquals(1, histogram.getBucket(0));
    assertEquals(1, histogram.getBucket(Histograms.BUCKETS - 1));
    assertTrue(Double.isFinite(histogram.getSumSquares()));
  }

  @Example
  void oneValueOverAndOver() {
    Histogram histogram = Histograms.of(Floats.of(0.25f, 0.25f, Float.NaN));

    assertEquals(1, histogram.getBucketCount());
    assertEquals(2, histogram.getBucket(0));
    assertEquals(0.25, histogram.getBucketLimit(0));
  }
}
