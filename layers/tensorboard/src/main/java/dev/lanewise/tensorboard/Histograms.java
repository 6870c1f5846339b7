// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.tensorboard.schema.EventProto.Histogram;

/**
 * Counts values in buckets of the same width between the least and the largest, as TensorBoard's
 * own summaries do. It draws 30 of them, over the range of all steps, and takes what lies in a
 * bucket as spread evenly over it; twice as many keep that from showing.
 */
final class Histograms {
  static final int BUCKETS = 64;

  private Histograms() {}

  /**
   * Counts. Values that are not finite are left out.
   *
   * @return the first bucket begins at the least value, and each holds the values up to its limit
   *     that are above that of the one before; {@code null} if no value is finite
   */
  static Histogram of(Floats values) {
    Histogram.Builder histogram = Histogram.newBuilder();
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    long count = 0;
    int end = values.offset + values.size();
    for (int i = values.offset; i < end; i++) {
      double value = values.data[i];
      if (Double.isFinite(value)) {
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value;
        squares += value * value;
        count++;
      }
    }
    if (count == 0) {
      return null;
    }
    double[] limits = limits(min, max);
    long[] counts = new long[limits.length];
    double perUnit = max > min ? limits.length / (max - min) : 0;
    for (int i = values.offset; i < end; i++) {
      double value = values.data[i];
      if (Double.isFinite(value)) {
        counts[bucket(value, limits, (int) ((value - min) * perUnit))]++;
      }
    }
    for (int i = 0; i < limits.length; i++) {
      histogram.addBucketLimit(limits[i]).addBucket(counts[i]);
    }
    return histogram
        .setMin(min)
        .setMax(max)
        .setNum(count)
        .setSum(sum)
        .setSumSquares(squares)
        .build();
  }

  /** One bucket where all values are the same. */
  private static double[] limits(double min, double max) {
    double[] limits = new double[max > min ? BUCKETS : 1];
    for (int i = 0; i < limits.length - 1; i++) {
      limits[i] = min + (max - min) * (i + 1) / BUCKETS;
    }
    limits[limits.length - 1] = max;
    return limits;
  }

  /** Rounding may have led to the bucket beside. */
  private static int bucket(double value, double[] limits, int guess) {
    int bucket = Math.min(guess, limits.length - 1);
    while (value > limits[bucket]) {
      bucket++;
    }
    while (bucket > 0 && value <= limits[bucket - 1]) {
      bucket--;
    }
    return bucket;
  }
}
