// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Products with the runs that taps see, in both back ends, against their definitions. */
final class TapKernelProperties {
  private static final Kernels SIMD = SimdKernels.create();
  private static final Kernels REFERENCE = ReferenceKernels.create();

  /**
   * Operands of both products: T as runs that lie apart, overlap, are equally far apart or are in
   * no order; B for either; a row to start from; guards wherever there is no element.
   */
  private static final class Case {
    final int taps;
    final int pixels;
    final int n;
    final float[] a;
    final int aOff;
    final int first; // of the taps of the gradient
    final int[] offsets;
    final float[] b;
    final int bOff;
    final float[] d; // or null for zeros
    final float[] c;
    final int cOff;

    Case(int taps, int pixels, int n, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.taps = taps;
      this.pixels = pixels;
      this.n = n;
      aOff = random.nextInt(5);
      first = random.nextInt(3);
      offsets = new int[first + taps + random.nextInt(2)];
      int step = random.nextInt(2 * pixels + 1);
      int last = 0;
      for (int t = 0; t < first + taps; t++) {
        offsets[t] = random.nextInt(3) > 0 && t > 0 ? offsets[t - 1] + step : random.nextInt(50);
        last = Math.max(last, offsets[t]);
      }
      a = Guards.array(aOff + last + pixels + random.nextInt(3));
      for (int t = 0; t < first + taps; t++) {
        for (int i = 0; i < pixels; i++) {
          a[aOff + offsets[t] + i] = values.draw(random);
        }
      }
      int rows = Math.max(taps, pixels);
      bOff = random.nextInt(20);
      b = values.guarded(bOff, rows * n, random.nextInt(20), random);
      d = random.nextInt(4) == 0 ? null : values.guarded(3, n, random.nextInt(20), random);
      cOff = random.nextInt(20);
      c = values.guarded(cOff, rows * n, random.nextInt(20), random);
    }

    float[] product(Kernels kernels) {
      float[] out = c.clone();
      float[] scratch = Guards.array((int) TapKernels.scratch(taps) + 1);
      kernels
          .taps()
          .tapProduct(pixels, n, taps, a, aOff, offsets, b, bOff, d, 3, out, cOff, scratch, 1);
      return out;
    }

    float[] gradient(Kernels kernels) {
      float[] out = c.clone();
      float[] scratch = Guards.array((int) TapKernels.scratch(0) + 1);
      kernels
          .taps()
          .tapGradient(taps, n, pixels, a, aOff, offsets, first, b, bOff, out, cOff, scratch, 1);
      return out;
    }

    /** C[i][j] of the product in double precision, or with the magnitudes of all terms. */
    double product(int i, int j, boolean magnitudes) {
      double sum = d == null ? 0 : magnitude(d[3 + j], magnitudes);
      for (int t = 0; t < taps; t++) {
        sum += magnitude((double) a[aOff + offsets[t] + i] * b[bOff + t * n + j], magnitudes);
      }
      return sum;
    }

    /** C[t][j] of the gradient, likewise. */
    double gradient(int t, int j, boolean magnitudes) {
      double sum = magnitude(c[cOff + t * n + j], magnitudes);
      for (int i = 0; i < pixels; i++) {
        sum +=
            magnitude((double) a[aOff + offsets[first + t] + i] * b[bOff + i * n + j], magnitudes);
      }
      return sum;
    }

    private static double magnitude(double term, boolean wanted) {
      return wanted ? Math.abs(term) : term;
    }

    float[] exactProduct() {
      float[] out = c.clone();
      for (int at = 0; at < pixels * n; at++) {
        out[cOff + at] = (float) product(at / n, at % n, false);
      }
      return out;
    }

    float[] exactGradient() {
      float[] out = c.clone();
      for (int at = 0; at < taps * n; at++) {
        out[cOff + at] = (float) gradient(at / n, at % n, false);
      }
      return out;
    }

    void assertWithinBound(Kernels kernels) {
      float[] product = product(kernels);
      for (int at = 0; at < pixels * n; at++) {
        double exact = product(at / n, at % n, false);
        double magnitudes = product(at / n, at % n, true);
        Bound.assertWithin(exact, magnitudes, taps, product[cOff + at], "product, " + this);
      }
      float[] gradient = gradient(kernels);
      for (int at = 0; at < taps * n; at++) {
        double exact = gradient(at / n, at % n, false);
        double magnitudes = gradient(at / n, at % n, true);
        Bound.assertWithin(exact, magnitudes, pixels, gradient[cOff + at], "gradient, " + this);
      }
    }

    @Override
    public String toString() {
      return taps + " taps, " + pixels + " pixels, " + n + " columns";
    }
  }

  private static void assertExact(Case taps) {
    float[] product = taps.exactProduct();
    Guards.assertSame(product, taps.product(SIMD), "SIMD, product, " + taps);
    Guards.assertSame(product, taps.product(REFERENCE), "reference, product, " + taps);
    float[] gradient = taps.exactGradient();
    Guards.assertSame(gradient, taps.gradient(SIMD), "SIMD, gradient, " + taps);
    Guards.assertSame(gradient, taps.gradient(REFERENCE), "reference, gradient, " + taps);
  }

  /** Past two tiles of taps, and past each height of tiles of pixels. */
  @Tag("slow")
  @Tag("exact")
  @Example
  void everyRemainderOfEveryTileIsExact() {
    SplittableRandom seeds = new SplittableRandom(1);
    for (int taps = 0; taps <= 22; taps++) {
      for (int pixels = 0; pixels <= 57; pixels++) {
        for (int n :
            new int[] {
              1,
              7,
              8,
              SIMD.tuning().lanes() - 1,
              SIMD.tuning().lanes(),
              SIMD.tuning().lanes() + 1,
              2 * SIMD.tuning().lanes() + 3,
              3 * SIMD.tuning().lanes() - 1
            }) {
          assertExact(new Case(taps, pixels, n, Values.INTEGERS, seeds.nextLong()));
        }
      }
    }
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(max = 30) int taps,
      @ForAll @IntRange(max = 60) int pixels,
      @ForAll @IntRange(max = 40) int n,
      @ForAll long seed) {
    assertExact(new Case(taps, pixels, n, Values.INTEGERS, seed));
  }

  @Property
  void realsStayWithinTheSummationBound(
      @ForAll @IntRange(max = 30) int taps,
      @ForAll @IntRange(max = 60) int pixels,
      @ForAll @IntRange(max = 40) int n,
      @ForAll long seed) {
    Case reals = new Case(taps, pixels, n, Values.REALS, seed);
    reals.assertWithinBound(SIMD);
    reals.assertWithinBound(REFERENCE);
  }

  @Property
  void backEndsAgreeOnAnyBits(
      @ForAll @IntRange(max = 30) int taps,
      @ForAll @IntRange(max = 60) int pixels,
      @ForAll @IntRange(max = 20) int n,
      @ForAll long seed) {
    Case any = new Case(taps, pixels, n, Values.SPECIAL, seed);
    Guards.assertSame(any.product(REFERENCE), any.product(SIMD), "product, " + any);
    Guards.assertSame(any.gradient(REFERENCE), any.gradient(SIMD), "gradient, " + any);
  }
}
