// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The one micro-kernel, in both back ends, against its definition and against each other. */
final class GemmKernelProperties {
  private static final Kernels SIMD = SimdKernels.create();
  private static final Kernels REFERENCE = ReferenceKernels.create();

  /** Past two tiles both ways: every remainder of 14 rows and of two vectors. */
  @Tag("exact")
  @Example
  void everyRemainderOfEveryTileIsExact() {
    SplittableRandom seeds = new SplittableRandom(1);
    int widest = 4 * SIMD.tuning().lanes() + 2;
    GemmCase.Start[] starts = GemmCase.Start.values();
    for (int m = 0; m <= 30; m++) {
      for (int n = 0; n <= widest; n++) {
        for (int k = 0; k <= 3; k++) {
          GemmCase.Start start = starts[(m + n + k) % starts.length];
          GemmCase gemm = new GemmCase(m, n, k, start, Values.INTEGERS, seeds.nextLong());
          float[] exact = gemm.exact();
          Guards.assertSame(exact, gemm.run(SIMD), "SIMD " + gemm);
          Guards.assertSame(exact, gemm.run(REFERENCE), "reference " + gemm);
        }
      }
    }
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(max = 45) int m,
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 60) int k,
      @ForAll GemmCase.Start start,
      @ForAll long seed) {
    GemmCase gemm = new GemmCase(m, n, k, start, Values.INTEGERS, seed);
    float[] exact = gemm.exact();
    Guards.assertSame(exact, gemm.run(SIMD), "SIMD " + gemm);
    Guards.assertSame(exact, gemm.run(REFERENCE), "reference " + gemm);
  }

  @Property
  void realsStayWithinTheSummationBound(
      @ForAll @IntRange(max = 45) int m,
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 60) int k,
      @ForAll GemmCase.Start start,
      @ForAll long seed) {
    GemmCase gemm = new GemmCase(m, n, k, start, Values.REALS, seed);
    gemm.assertWithinBound(gemm.run(SIMD));
    gemm.assertWithinBound(gemm.run(REFERENCE));
  }

  @Property
  void backEndsAgreeOnAnyBits(
      @ForAll @IntRange(max = 45) int m,
      @ForAll @IntRange(max = 100) int n,
      @ForAll @IntRange(max = 20) int k,
      @ForAll GemmCase.Start start,
      @ForAll long seed) {
    GemmCase gemm = new GemmCase(m, n, k, start, Values.SPECIAL, seed);
    Guards.assertSame(gemm.run(REFERENCE), gemm.run(SIMD), gemm.toString());
  }

  @Property
  void aSumMayBeCutAnywhere(
      @ForAll @IntRange(max = 20) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 30) int first,
      @ForAll @IntRange(max = 30) int second,
      @ForAll GemmCase.Start start,
      @ForAll long seed) {
    GemmCase gemm = new GemmCase(m, n, first + second, start, Values.REALS, seed);
    Guards.assertSame(gemm.run(SIMD), gemm.runInParts(SIMD, first), "SIMD " + gemm);
    Guards.assertSame(gemm.run(SIMD), gemm.runInParts(REFERENCE, first), "reference " + gemm);
  }

  /** One rounding per term: a product rounded on its own would give 0 here. */
  @Example
  void productsAreFused() {
    float a = 1 + 0x1p-12f;
    float[] c = {-(1 + 0x1p-11f)};
    SIMD.matrix().gemm(1, 1, 1, new float[] {a}, 0, 0, 0, new float[] {a}, 0, 0, c, 0, 0, c, 0, 0);
    assertEquals(0x1p-24f, c[0]);
  }
}
