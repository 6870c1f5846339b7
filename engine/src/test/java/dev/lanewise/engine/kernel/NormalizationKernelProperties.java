// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * What normalisations do with channels and rows: the two back ends give the bits of the definition,
 * for any input bits, and touch nothing else.
 */
final class NormalizationKernelProperties {
  private static final Kernels[] BOTH = {SimdKernels.create(), ReferenceKernels.create()};

  /** A row of a table may begin and end anywhere. */
  @Tag("exact")
  @Property
  void scale(
      @ForAll @IntRange(max = 150) int n,
      @ForAll @IntRange(min = 1, max = 70) int width,
      @ForAll boolean rectified,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int first = random.nextInt(width);
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, random);
    float[] center = Values.SPECIAL.array(width, random);
    float[] gain = Values.SPECIAL.array(width, random);
    float[] offset = Values.SPECIAL.array(width, random);
    float[] expected = Guards.array(yOff + n + 7);
    for (int i = 0; i < n; i++) {
      int t = (first + i) % width;
      float v = Math.fma(gain[t], x[xOff + i] - center[t], offset[t]);
      expected[yOff + i] = rectified && v <= 0 ? 0f : v;
    }
    for (Kernels kernels : BOTH) {
      String what = kernels.description();
      NormalizationKernels channels = kernels.normalization();
      float[] y = Guards.array(expected.length);
      channels.scale(n, center, gain, offset, width, first, rectified, x, xOff, y, yOff);
      Guards.assertSame(expected, y, what);
      float[] inPlace = x.clone();
      channels.scale(
          n, center, gain, offset, width, first, rectified, inPlace, xOff, inPlace, xOff);
      float[] expectedInPlace = x.clone();
      System.arraycopy(expected, yOff, expectedInPlace, xOff, n);
      Guards.assertSame(expectedInPlace, inPlace, what + " in place");
    }
  }

  @Tag("exact")
  @Property
  void gradient(
      @ForAll @IntRange(max = 150) int n,
      @ForAll @IntRange(min = 1, max = 70) int width,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int dyOff,
      @ForAll @IntRange(max = 20) int dxOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int first = random.nextInt(width);
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, random);
    float[] dy = Values.SPECIAL.guarded(dyOff, n, 7, random);
    float[] slope = Values.SPECIAL.array(width, random);
    float[] center = Values.SPECIAL.array(width, random);
    float[] gain = Values.SPECIAL.array(width, random);
    float[] offset = Values.SPECIAL.array(width, random);
    float[] expected = Guards.array(dxOff + n + 7);
    for (int i = 0; i < n; i++) {
      int t = (first + i) % width;
      float v = Math.fma(gain[t], x[xOff + i] - center[t], offset[t]);
      expected[dxOff + i] = Math.fma(slope[t], dy[dyOff + i], v);
    }
    for (Kernels kernels : BOTH) {
      String what = kernels.description();
      NormalizationKernels channels = kernels.normalization();
      float[] dx = Guards.array(expected.length);
      channels.gradient(
          n, slope, center, gain, offset, width, first, x, xOff, dy, dyOff, dx, dxOff);
      Guards.assertSame(expected, dx, what);
      float[] inPlace = dy.clone();
      channels.gradient(
          n, slope, center, gain, offset, width, first, x, xOff, inPlace, dyOff, inPlace, dyOff);
      float[] expectedInPlace = dy.clone();
      System.arraycopy(expected, dxOff, expectedInPlace, dyOff, n);
      Guards.assertSame(expectedInPlace, inPlace, what + " in place");
    }
  }

  @Tag("exact")
  @Property
  void sums(
      @ForAll @IntRange(max = 9) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll boolean squares,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int dyOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int ld = n + random.nextInt(3);
    float[] x = Values.SPECIAL.array(xOff + m * ld, random);
    float[] dy = squares ? x : Values.SPECIAL.array(dyOff + m * ld, random);
    int dyAt = squares ? xOff : dyOff;
    double[] expected = new double[2 * n + 5];
    Arrays.fill(expected, 7);
    for (int j = 0; j < n; j++) {
      double sum = 0;
      double product = 0;
      for (int i = 0; i < m; i++) {
        sum += dy[dyAt + i * ld + j];
        product += (double) dy[dyAt + i * ld + j] * x[xOff + i * ld + j];
      }
      expected[1 + j] = sum;
      expected[3 + n + j] = product;
    }
    for (Kernels kernels : BOTH) {
      double[] sums = new double[expected.length];
      Arrays.fill(sums, 7);
      kernels.normalization().sums(m, n, ld, x, xOff, dy, dyAt, sums, 1, sums, 3 + n);
      assertArrayEquals(expected, sums, kernels.description());
    }
  }

  /** Along a row. */
  @Tag("exact")
  @Property
  void rowSums(
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int dyOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = Values.SPECIAL.array(xOff + n, random);
    float[] weight = Values.SPECIAL.array(3 + n, random);
    float[] dy = Values.SPECIAL.array(dyOff + n, random);
    double[][] chains = new double[2][8];
    for (int i = 0; i < n; i++) {
      double g = (double) weight[3 + i] * dy[dyOff + i];
      chains[0][i % 8] += g;
      chains[1][i % 8] = Math.fma(g, x[xOff + i], chains[1][i % 8]);
    }
    for (double[] s : chains) {
      s[0] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    }
    for (Kernels kernels : BOTH) {
      double[] sums = new double[16];
      Arrays.fill(sums, 7);
      kernels.normalization().rowSums(n, x, xOff, weight, 3, dy, dyOff, sums);
      assertEquals(chains[0][0], sums[0], kernels.description());
      assertEquals(chains[1][0], sums[8], kernels.description());
    }
  }

  @Tag("exact")
  @Property
  void rows(
      @ForAll @IntRange(max = 70) int n,
      @ForAll boolean rectified,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int outOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, random);
    float[] dy = Values.SPECIAL.guarded(xOff, n, 7, random);
    float[] weight = Values.SPECIAL.array(3 + n, random);
    float[] bias = Values.SPECIAL.array(5 + n, random);
    float center = Values.REALS.draw(random);
    float gain = Values.SPECIAL.draw(random);
    float offset = Values.SPECIAL.draw(random);
    float slope = Values.SPECIAL.draw(random);
    float[] normalized = Guards.array(outOff + n + 7);
    float[] gradient = Guards.array(outOff + n + 7);
    for (int i = 0; i < n; i++) {
      float h = Math.fma(gain, x[xOff + i] - center, offset);
      float v = Math.fma(weight[3 + i], h, bias[5 + i]);
      normalized[outOff + i] = rectified && v <= 0 ? 0f : v;
      float g = weight[3 + i] * dy[xOff + i];
      gradient[outOff + i] = Math.fma(slope, g, h);
    }
    for (Kernels kernels : BOTH) {
      String what = kernels.description();
      NormalizationKernels k = kernels.normalization();
      float[] y = Guards.array(normalized.length);
      k.normalizeRow(n, center, gain, offset, weight, 3, bias, 5, rectified, x, xOff, y, outOff);
      Guards.assertSame(normalized, y, what);
      float[] xAndY = x.clone();
      k.normalizeRow(
          n, center, gain, offset, weight, 3, bias, 5, rectified, xAndY, xOff, xAndY, xOff);
      assertInPlace(x, xOff, n, normalized, outOff, xAndY, what);
      float[] dx = Guards.array(gradient.length);
      k.rowGradient(n, slope, center, gain, offset, weight, 3, x, xOff, dy, xOff, dx, outOff);
      Guards.assertSame(gradient, dx, what);
      float[] both = dy.clone();
      k.rowGradient(n, slope, center, gain, offset, weight, 3, x, xOff, both, xOff, both, xOff);
      assertInPlace(dy, xOff, n, gradient, outOff, both, what);
    }
  }

  private static void assertInPlace(
      float[] before, int at, int n, float[] result, int from, float[] actual, String what) {
    float[] expected = before.clone();
    System.arraycopy(result, from, expected, at, n);
    Guards.assertSame(expected, actual, what + " in place");
  }
}
