// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

/**
 * Products of a stretch of a feature map and something that repeats from pixel to pixel. Both are
 * copied side by side first: where two arrays are read at one index, C2 makes vector instructions,
 * as it needs not know whether they are one; and the loops are long with few channels, too.
 */
final class Tiles {
  /** Floats of a stretch, 4 KiB: with all that it is copied from and to a part of an L1 cache. */
  private static final int CHUNK = 1024;

  private Tiles() {}

  /** Pixels of a stretch. */
  static int pixels(int channels) {
    return Math.max(1, CHUNK / channels);
  }

  /** Repeats the first values of an array. */
  static void repeat(float[] values, int length, int times) {
    int end = length * times;
    for (int done = length; done < end; ) {
      int more = Math.min(done, end - done);
      System.arraycopy(values, 0, values, done, more);
      done += more;
    }
  }

  /** {@code product[i] *= factor[i]}. */
  static void multiply(float[] product, float[] factor, int n) {
    for (int i = 0; i < n; i++) {
      product[i] *= factor[i];
    }
  }

  /** {@code sum[c] += x[c] + x[C + c] + ...} over pixels, one after the other. */
  static void addPixels(double[] sum, float[] x, int pixels) {
    int channels = sum.length;
    int p = 0;
    for (; p <= pixels - 4; p += 4) {
      WeightedSums.add(
          channels,
          sum,
          x,
          p * channels,
          1,
          (p + 1) * channels,
          1,
          (p + 2) * channels,
          1,
          (p + 3) * channels,
          1);
    }
    for (; p < pixels; p++) {
      WeightedSums.add(channels, sum, x, p * channels, 1);
    }
  }
}
