// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Team;
import dev.lanewise.engine.testing.Values;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

final class InnerProductsProperties {
  private static final Kernels[] BOTH = {BackendChoice.kernels(), ReferenceKernels.create()};
  private static final int A = 3;
  private static final int B = 1;
  private static final int D = 2;
  private static final int C = 4;

  /** Random operands between guards. */
  private record Case(int m, int n, int k, float[] a, float[] b, float[] bias) {
    static Case of(int m, int n, int k, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] a = values.guarded(A, m * k, random.nextInt(3), random);
      float[] b = values.guarded(B, n * k, random.nextInt(3), random);
      return new Case(m, n, k, a, b, values.guarded(D, n, 1, random));
    }

    float[] run(Kernels kernels) {
      float[] c = Guards.array(C + m * n + 3);
      float[] work = Guards.array(MatrixKernels.DOT_WORK);
      kernels.matrix().dot(m, n, k, a, A, k, b, B, k, bias, D, c, C, n, work);
      return c;
    }

    float[] run(WorkerTeam team) {
      float[] c = Guards.array(C + m * n + 3);
      new InnerProducts(team).multiply(m, n, k, at(a, A), at(b, B), at(bias, D), at(c, C));
      return c;
    }

    /** The sum for C[i][j] in double precision, or that of magnitudes. */
    double sum(int i, int j, boolean magnitudes) {
      double sum = magnitudes ? Math.abs(bias[D + j]) : bias[D + j];
      for (int p = 0; p < k; p++) {
        double term = (double) a[A + i * k + p] * b[B + j * k + p];
        sum += magnitudes ? Math.abs(term) : term;
      }
      return sum;
    }

    float[] exact() {
      float[] c = Guards.array(C + m * n + 3);
      for (int i = 0; i < m * n; i++) {
        c[C + i] = (float) sum(i / n, i % n, false);
      }
      return c;
    }

    @Override
    public String toString() {
      return "m = " + m + ", n = " + n + ", k = " + k;
    }
  }

  @Tag("exact")
  @Example
  void everyRemainderOfEveryTileIsExact() {
    SplittableRandom seeds = new SplittableRandom(2);
    for (int m = 0; m <= 12; m++) {
      for (int n = 0; n <= 5; n++) {
        for (int k = 0; k <= 50; k++) {
          Case dots = Case.of(m, n, k, Values.INTEGERS, seeds.nextLong());
          for (Kernels kernels : BOTH) {
            Guards.assertSame(dots.exact(), dots.run(kernels), kernels.description() + " " + dots);
          }
        }
      }
    }
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(max = 40) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 200) int k,
      @ForAll Team threads,
      @ForAll long seed) {
    Case dots = Case.of(m, n, k, Values.INTEGERS, seed);
    float[] exact = dots.exact();
    for (Kernels kernels : BOTH) {
      Guards.assertSame(exact, dots.run(kernels), kernels.description() + " " + dots);
    }
    try (WorkerTeam team = threads.start()) {
      Guards.assertSame(exact, dots.run(team), threads + " threads, " + dots);
    }
  }

  @Property
  void realsStayWithinTheSummationBound(
      @ForAll @IntRange(max = 12) int m,
      @ForAll @IntRange(max = 9) int n,
      @ForAll @IntRange(max = 200) int k,
      @ForAll long seed) {
    Case dots = Case.of(m, n, k, Values.REALS, seed);
    for (float[] c : List.of(dots.run(BOTH[0]), dots.run(BOTH[1]), dots.run(WorkerTeam.single()))) {
      for (int i = 0; i < m * n; i++) {
        double exact = dots.sum(i / n, i % n, false);
        double magnitudes = dots.sum(i / n, i % n, true);
        Bound.assertWithin(exact, magnitudes, k, c[C + i], "element " + i + " of " + dots);
      }
    }
  }

  @Property
  void backEndsAgreeOnAnyBits(
      @ForAll @IntRange(max = 12) int m,
      @ForAll @IntRange(max = 9) int n,
      @ForAll @IntRange(max = 80) int k,
      @ForAll long seed) {
    Case dots = Case.of(m, n, k, Values.SPECIAL, seed);
    Guards.assertSame(dots.run(BOTH[1]), dots.run(BOTH[0]), dots.toString());
  }

  /** Sums that are carried on: more terms and columns than a tile takes at a time. */
  @Example
  void longSumsHaveTheSameBits() {
    SplittableRandom seeds = new SplittableRandom(4);
    for (int k : new int[] {767, 768, 769, 784, 785, 1550, 2310}) {
      Case dots = Case.of(7, 19, k, Values.REALS, seeds.nextLong());
      Guards.assertSame(dots.run(BOTH[1]), dots.run(BOTH[0]), dots.toString());
    }
  }

  @Property(tries = 100)
  void neitherThreadsNorTheRestOfTheBatchChangeABit(
      @ForAll @IntRange(min = 1, max = 20) int m,
      @ForAll @IntRange(min = 1, max = 100) int n,
      @ForAll @IntRange(max = 60) int k,
      @ForAll Team threads,
      @ForAll long seed) {
    Case dots = Case.of(m, n, k, Values.SPECIAL, seed);
    float[] expected = Guards.array(C + m * n + 3);
    float[] work = new float[MatrixKernels.DOT_WORK];
    for (int i = 0; i < m; i++) {
      BOTH[1]
          .matrix()
          .dot(
              1, n, k, dots.a, A + i * k, k, dots.b, B, k, dots.bias, D, expected, C + i * n, n,
              work);
    }
    try (WorkerTeam team = threads.start()) {
      Guards.assertSame(expected, dots.run(team), threads + " threads, " + dots);
    }
  }

  @Example
  void withoutBiasEverySumStartsFromZero() {
    Case dots = Case.of(6, 19, 33, Values.REALS, 5);
    Floats a = at(dots.a, A);
    Floats b = at(dots.b, B);
    float[] none = new float[6 * 19];
    float[] zero = new float[6 * 19];
    InnerProducts products = new InnerProducts(WorkerTeam.single());
    products.multiply(6, 19, 33, a, b, null, Floats.of(none));
    products.multiply(6, 19, 33, a, b, Floats.of(new float[19]), Floats.of(zero));
    Guards.assertSame(zero, none, dots.toString());
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    InnerProducts products = new InnerProducts(WorkerTeam.single());
    float[] a = new float[6];
    float[] b = new float[12];
    float[] bias = new float[4];
    float[] c = Guards.array(8);
    assertRefused(
        "m must",
        () ->
            products.multiply(-1, 4, 3, Floats.of(a), Floats.of(b), Floats.of(bias), Floats.of(c)));
    assertRefused(
        "n must",
        () ->
            products.multiply(2, -4, 3, Floats.of(a), Floats.of(b), Floats.of(bias), Floats.of(c)));
    assertRefused(
        "k must",
        () ->
            products.multiply(2, 4, -3, Floats.of(a), Floats.of(b), Floats.of(bias), Floats.of(c)));
    assertRefused(
        "A needs",
        () -> products.multiply(2, 4, 3, at(a, 1), Floats.of(b), Floats.of(bias), Floats.of(c)));
    assertRefused(
        "B needs",
        () -> products.multiply(2, 4, 3, Floats.of(a), at(b, 1), Floats.of(bias), Floats.of(c)));
    assertRefused(
        "bias needs",
        () -> products.multiply(2, 4, 3, Floats.of(a), Floats.of(b), at(bias, 1), Floats.of(c)));
    assertRefused(
        "C needs",
        () -> products.multiply(2, 4, 3, Floats.of(a), Floats.of(b), Floats.of(bias), at(c, 1)));
    float[] all = Guards.array(40);
    assertRefused(
        "overlaps A",
        () ->
            products.multiply(2, 4, 3, Floats.of(all), Floats.of(b), Floats.of(bias), at(all, 5)));
    assertRefused(
        "overlaps B",
        () ->
            products.multiply(2, 4, 3, Floats.of(a), Floats.of(all), Floats.of(bias), at(all, 11)));
    assertRefused(
        "overlaps bias",
        () -> products.multiply(2, 4, 3, Floats.of(a), Floats.of(b), at(all, 7), Floats.of(all)));
    Guards.assertSame(Guards.array(8), c, "c");
    Guards.assertSame(Guards.array(40), all, "all");
  }
}
