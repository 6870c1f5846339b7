// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * The kernels on single elements and on columns, and the one that transposes: the two back ends
 * give the bits of the definition, for any input bits, and touch nothing else.
 */
final class ElementwiseKernelProperties {
  private static final Kernels[] BOTH = {SimdKernels.create(), ReferenceKernels.create()};

  @Tag("exact")
  @Property
  void relu(
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, new SplittableRandom(seed));
    float[] expected = Guards.array(yOff + n + 7);
    for (int i = 0; i < n; i++) {
      float v = x[xOff + i];
      expected[yOff + i] = v != v ? Float.NaN : v > 0 ? v : 0f;
    }
    for (Kernels kernels : BOTH) {
      float[] y = Guards.array(expected.length);
      kernels.elements().relu(n, x, xOff, y, yOff);
      Guards.assertSame(expected, y, kernels.description());
      float[] inPlace = x.clone();
      kernels.elements().relu(n, inPlace, xOff, inPlace, xOff);
      float[] expectedInPlace = x.clone();
      System.arraycopy(expected, yOff, expectedInPlace, xOff, n);
      Guards.assertSame(expectedInPlace, inPlace, kernels.description() + " in place");
    }
  }

  @Tag("exact")
  @Property
  void reluBackward(
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll @IntRange(max = 20) int dyOff,
      @ForAll @IntRange(max = 20) int dxOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] y = Values.SPECIAL.guarded(yOff, n, 7, random);
    float[] dy = Values.SPECIAL.guarded(dyOff, n, 7, random);
    float[] expected = Guards.array(dxOff + n + 7);
    for (int i = 0; i < n; i++) {
      expected[dxOff + i] = y[yOff + i] <= 0 ? 0f : dy[dyOff + i];
    }
    for (Kernels kernels : BOTH) {
      float[] dx = Guards.array(expected.length);
      kernels.elements().zeroWhereNotPositive(n, y, yOff, dy, dyOff, dx, dxOff);
      Guards.assertSame(expected, dx, kernels.description());
      float[] inPlace = dy.clone();
      kernels.elements().zeroWhereNotPositive(n, y, yOff, inPlace, dyOff, inPlace, dyOff);
      float[] expectedInPlace = dy.clone();
      System.arraycopy(expected, dxOff, expectedInPlace, dyOff, n);
      Guards.assertSame(expectedInPlace, inPlace, kernels.description() + " in place");
    }
  }

  @Tag("exact")
  @Property
  void transpose(
      @ForAll @IntRange(max = 40) int m,
      @ForAll @IntRange(max = 40) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int ldx = n + random.nextInt(3);
    int ldy = m + random.nextInt(3);
    float[] x = Guards.array(xOff + Math.max(0, (m - 1) * ldx + n) + random.nextInt(20));
    float[] expected = Guards.array(yOff + Math.max(0, (n - 1) * ldy + m) + random.nextInt(20));
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float v = Values.SPECIAL.draw(random);
        x[xOff + i * ldx + j] = v;
        expected[yOff + j * ldy + i] = v;
      }
    }
    for (Kernels kernels : BOTH) {
      float[] y = Guards.array(expected.length);
      kernels.matrix().transpose(m, n, x, xOff, ldx, y, yOff, ldy);
      Guards.assertSame(expected, y, kernels.description());
    }
  }

  @Tag("exact")
  @Property
  void silu(
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, new SplittableRandom(seed));
    float[] expected = Guards.array(yOff + n + 7);
    for (int i = 0; i < n; i++) {
      float v = x[xOff + i];
      expected[yOff + i] = v == Float.NEGATIVE_INFINITY ? -0f : v / (1 + Exp.exp(-v));
    }
    for (Kernels kernels : BOTH) {
      float[] y = Guards.array(expected.length);
      kernels.elements().silu(n, x, xOff, y, yOff);
      Guards.assertSame(expected, y, kernels.description());
      float[] inPlace = x.clone();
      kernels.elements().silu(n, inPlace, xOff, inPlace, xOff);
      float[] expectedInPlace = x.clone();
      System.arraycopy(expected, yOff, expectedInPlace, xOff, n);
      Guards.assertSame(expectedInPlace, inPlace, kernels.description() + " in place");
    }
  }

  @Tag("exact")
  @Property
  void axpy(
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float factor = Values.SPECIAL.draw(random);
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, random);
    float[] y = Values.SPECIAL.guarded(yOff, n, 7, random);
    float[] expected = y.clone();
    for (int i = 0; i < n; i++) {
      expected[yOff + i] = Math.fma(factor, x[xOff + i], y[yOff + i]);
    }
    for (Kernels kernels : BOTH) {
      float[] out = y.clone();
      kernels.elements().axpy(n, factor, x, xOff, out, yOff);
      Guards.assertSame(expected, out, kernels.description());
    }
  }

  @Property
  void exp(
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int yOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float shift = random.nextBoolean() ? 0f : Values.REALS.draw(random);
    float[] x = Values.SPECIAL.guarded(xOff, n, 7, random);
    DoubleUnaryOperator scale = v -> random.nextInt(4) == 0 ? v * 12 : v;
    for (int i = 0; i < n; i++) {
      x[xOff + i] = (float) scale.applyAsDouble(x[xOff + i]);
    }
    float[] expected = Guards.array(yOff + n + 7);
    for (int i = 0; i < n; i++) {
      expected[yOff + i] = Exp.exp(x[xOff + i] - shift);
    }
    for (Kernels kernels : BOTH) {
      float[] y = Guards.array(expected.length);
      kernels.elements().exp(n, x, xOff, shift, y, yOff);
      Guards.assertSame(expected, y, kernels.description());
      float[] inPlace = x.clone();
      kernels.elements().exp(n, inPlace, xOff, shift, inPlace, xOff);
      float[] expectedInPlace = x.clone();
      System.arraycopy(expected, yOff, expectedInPlace, xOff, n);
      Guards.assertSame(expectedInPlace, inPlace, kernels.description() + " in place");
    }
  }

  @Tag("exact")
  @Property
  void columnSums(
      @ForAll @IntRange(max = 20) int m,
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int xOff,
      @ForAll @IntRange(max = 20) int sumsOff,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = Values.SPECIAL.guarded(xOff, m * n, 7, random);
    float[] sums = Values.SPECIAL.guarded(sumsOff, n, 7, random);
    float[] expected = sums.clone();
    for (int j = 0; j < n; j++) {
      float sum = sums[sumsOff + j];
      for (int i = 0; i < m; i++) {
        sum += x[xOff + i * n + j];
      }
      expected[sumsOff + j] = sum;
    }
    for (Kernels kernels : BOTH) {
      float[] out = sums.clone();
      kernels.elements().addColumnSums(m, n, x, xOff, out, sumsOff);
      Guards.assertSame(expected, out, kernels.description());
    }
  }

  @Property
  void columnSumsOfRealsStayWithinTheSummationBound(
      @ForAll @IntRange(max = 200) int m, @ForAll @IntRange(max = 40) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = Values.REALS.array(m * n, random);
    float[] before = Values.REALS.array(n, random);
    for (Kernels kernels : BOTH) {
      float[] sums = before.clone();
      kernels.elements().addColumnSums(m, n, x, 0, sums, 0);
      for (int j = 0; j < n; j++) {
        double exact = before[j];
        double magnitudes = Math.abs(before[j]);
        for (int i = 0; i < m; i++) {
          exact += x[i * n + j];
          magnitudes += Math.abs(x[i * n + j]);
        }
        Bound.assertWithin(exact, magnitudes, m, sums[j], kernels.description() + " column " + j);
      }
    }
  }
}
