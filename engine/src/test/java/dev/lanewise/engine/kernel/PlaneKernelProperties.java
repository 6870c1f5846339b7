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

/** Products along planes, in both back ends, against their definition. */
final class PlaneKernelProperties {
  private static final Kernels SIMD = SimdKernels.create();
  private static final Kernels REFERENCE = ReferenceKernels.create();

  /** Rows of B overlap and are in no order; guards wherever there is no element. */
  private static final class Case {
    final int m;
    final int n;
    final int k;
    final float[] a;
    final int aOff;
    final float[] b;
    final int bOff;
    final int[] taps;
    final float[] d; // or null for zeros
    final float[] c;
    final int cOff;
    final int ldc;

    Case(int m, int blocks, int k, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.m = m;
      this.n = blocks * TapKernels.PLANE_LANES;
      this.k = k;
      aOff = random.nextInt(5);
      a = values.guarded(aOff, m * k, random.nextInt(3), random);
      taps = random.ints(k + random.nextInt(2), 0, 60).toArray();
      int last = 0;
      for (int t = 0; t < k; t++) {
        last = Math.max(last, taps[t]);
      }
      bOff = random.nextInt(20);
      b = values.guarded(bOff, last + n, random.nextInt(3), random);
      d = random.nextInt(4) == 0 ? null : values.guarded(3, m, random.nextInt(3), random);
      cOff = random.nextInt(20);
      ldc = n + random.nextInt(5);
      c = Guards.array(cOff + m * ldc + random.nextInt(3));
    }

    float[] run(Kernels kernels) {
      float[] out = c.clone();
      kernels.taps().planeProduct(m, n, k, a, aOff, b, bOff, taps, d, 3, out, cOff, ldc);
      return out;
    }

    /** C[i][j] in double precision, or with the magnitudes of all terms. */
    private double at(int i, int j, boolean magnitudes) {
      double sum = d == null ? 0 : magnitude(d[3 + i], magnitudes);
      for (int t = 0; t < k; t++) {
        sum += magnitude((double) a[aOff + i * k + t] * b[bOff + taps[t] + j], magnitudes);
      }
      return sum;
    }

    private static double magnitude(double term, boolean wanted) {
      return wanted ? Math.abs(term) : term;
    }

    float[] exact() {
      float[] out = c.clone();
      for (int at = 0; at < m * n; at++) {
        out[cOff + at / n * ldc + at % n] = (float) at(at / n, at % n, false);
      }
      return out;
    }

    void assertWithinBound(Kernels kernels) {
      float[] out = run(kernels);
      for (int at = 0; at < m * n; at++) {
        int i = at / n;
        int j = at % n;
        Bound.assertWithin(at(i, j, false), at(i, j, true), k, out[cOff + i * ldc + j], toString());
      }
    }

    @Override
    public String toString() {
      return m + " rows, " + n + " columns, " + k + " taps";
    }
  }

  private static void assertExact(Case planes) {
    float[] exact = planes.exact();
    Guards.assertSame(exact, planes.run(SIMD), "SIMD, " + planes);
    Guards.assertSame(exact, planes.run(REFERENCE), "reference, " + planes);
  }

  /** Past three tiles of rows. */
  @Tag("exact")
  @Example
  void everyRemainderOfEveryTileIsExact() {
    SplittableRandom seeds = new SplittableRandom(1);
    for (int m = 1; m <= 27; m++) {
      for (int blocks = 0; blocks <= 3; blocks++) {
        for (int k = 0; k <= 3; k++) {
          assertExact(new Case(m, blocks, k, Values.INTEGERS, seeds.nextLong()));
        }
      }
    }
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(min = 1, max = 40) int m,
      @ForAll @IntRange(max = 4) int blocks,
      @ForAll @IntRange(max = 60) int k,
      @ForAll long seed) {
    assertExact(new Case(m, blocks, k, Values.INTEGERS, seed));
  }

  @Property
  void realsStayWithinTheSummationBound(
      @ForAll @IntRange(min = 1, max = 40) int m,
      @ForAll @IntRange(max = 4) int blocks,
      @ForAll @IntRange(max = 60) int k,
      @ForAll long seed) {
    Case reals = new Case(m, blocks, k, Values.REALS, seed);
    reals.assertWithinBound(SIMD);
    reals.assertWithinBound(REFERENCE);
  }

  @Property
  void backEndsAgreeOnAnyBits(
      @ForAll @IntRange(min = 1, max = 40) int m,
      @ForAll @IntRange(max = 4) int blocks,
      @ForAll @IntRange(max = 20) int k,
      @ForAll long seed) {
    Case any = new Case(m, blocks, k, Values.SPECIAL, seed);
    Guards.assertSame(any.run(REFERENCE), any.run(SIMD), any.toString());
  }
}
