// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Team;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * The facade: whatever the layout of A and B, the number of threads and the path taken, C is the
 * chain of the reference kernel, to the last bit; and that chain is exact for integers.
 */
final class GemmProperties {
  /** A matrix in an array, in row-major or column-major order, perhaps with gaps. */
  private record Matrix(float[] data, int offset, int rs, int cs, int rows, int columns) {
    static Matrix draw(int rows, int columns, Values values, SplittableRandom random) {
      int gap = random.nextInt(3);
      boolean transposed = random.nextBoolean();
      boolean spread = random.nextInt(4) == 0;
      int step = spread ? 2 : 1;
      int rs = transposed ? step : step * columns + gap;
      int cs = transposed ? step * rows + gap : step;
      return draw(rows, columns, rs, cs, values, random);
    }

    static Matrix draw(
        int rows, int columns, int rs, int cs, Values values, SplittableRandom random) {
      int offset = random.nextInt(5);
      int span = rows == 0 || columns == 0 ? 0 : (rows - 1) * rs + (columns - 1) * cs + 1;
      float[] data = Guards.array(offset + span + random.nextInt(3));
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          data[offset + i * rs + j * cs] = values.draw(random);
        }
      }
      return new Matrix(data, offset, rs, cs, rows, columns);
    }

    float at(int i, int j) {
      return data[offset + i * rs + j * cs];
    }

    float[] packed() {
      float[] out = new float[rows * columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          out[i * columns + j] = at(i, j);
        }
      }
      return out;
    }
  }

  private enum Start {
    ZERO,
    RESULT,
    ROW
  }

  private static float[] run(Gemm gemm, Matrix a, Matrix b, Start start, Matrix c, float[] bias) {
    float[] out = c.data.clone();
    int m = a.rows;
    int n = b.columns;
    int k = a.columns;
    if (start == Start.ROW) {
      gemm.multiplyPlusRow(
          m,
          n,
          k,
          at(a.data, a.offset),
          a.rs,
          a.cs,
          at(b.data, b.offset),
          b.rs,
          b.cs,
          at(bias, 2),
          at(out, c.offset),
          c.rs);
    } else {
      gemm.multiply(
          m,
          n,
          k,
          at(a.data, a.offset),
          a.rs,
          a.cs,
          at(b.data, b.offset),
          b.rs,
          b.cs,
          start == Start.RESULT,
          at(out, c.offset),
          c.rs);
    }
    return out;
  }

  private static float[] chain(Matrix a, Matrix b, Start start, Matrix c, float[] bias) {
    float[] out = c.data.clone();
    float[] d = start == Start.ZERO ? null : start == Start.ROW ? bias : out;
    int dOff = start == Start.ROW ? 2 : c.offset;
    int ldd = start == Start.ROW ? 0 : c.rs;
    ReferenceKernels.create()
        .matrix()
        .gemm(
            a.rows,
            b.columns,
            a.columns,
            a.packed(),
            0,
            a.columns,
            1,
            b.packed(),
            0,
            b.columns,
            d,
            dOff,
            ldd,
            out,
            c.offset,
            c.rs);
    return out;
  }

  private static float[] exact(Matrix a, Matrix b, Start start, Matrix c, float[] bias) {
    float[] out = c.data.clone();
    for (int i = 0; i < a.rows; i++) {
      for (int j = 0; j < b.columns; j++) {
        out[c.offset + i * c.rs + j] = (float) sum(a, b, start, c, bias, i, j, v -> v);
      }
    }
    return out;
  }

  private static double sum(
      Matrix a,
      Matrix b,
      Start start,
      Matrix c,
      float[] bias,
      int i,
      int j,
      DoubleUnaryOperator each) {
    double d = start == Start.ZERO ? 0 : start == Start.ROW ? bias[2 + j] : c.at(i, j);
    double sum = each.applyAsDouble(d);
    for (int p = 0; p < a.columns; p++) {
      sum += each.applyAsDouble((double) a.at(i, p) * b.at(p, j));
    }
    return sum;
  }

  private static void assertWithinBound(
      Matrix a, Matrix b, Start start, Matrix c, float[] bias, float[] actual, String what) {
    for (int i = 0; i < a.rows; i++) {
      for (int j = 0; j < b.columns; j++) {
        double exact = sum(a, b, start, c, bias, i, j, v -> v);
        double magnitudes = sum(a, b, start, c, bias, i, j, Math::abs);
        Bound.assertWithin(exact, magnitudes, a.columns, actual[c.offset + i * c.rs + j], what);
      }
    }
  }

  private static void check(
      int m, int n, int k, Start start, Values values, Team threads, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Matrix a = Matrix.draw(m, k, values, random);
    Matrix b = Matrix.draw(k, n, values, random);
    Matrix c = Matrix.draw(m, n, n + random.nextInt(3), 1, values, random);
    if (start != Start.RESULT) {
      java.util.Arrays.fill(c.data, Guards.GUARD);
    }
    float[] bias = values.guarded(2, n, 1, random);
    String what =
        "gemm M=" + m + " N=" + n + " K=" + k + " " + start + " csA=" + a.cs + " csB=" + b.cs;
    float[] expected = chain(a, b, start, c, bias);
    if (values == Values.INTEGERS) {
      Guards.assertSame(exact(a, b, start, c, bias), expected, "reference " + what);
    }
    try (WorkerTeam team = threads.start()) {
      Gemm gemm = new Gemm(team);
      Guards.assertSame(expected, run(gemm, a, b, start, c, bias), what);
      if (values == Values.REALS) {
        assertWithinBound(a, b, start, c, bias, expected, what);
      }
      Guards.assertSame(expected, run(gemm, a, b, start, c, bias), "again: " + what);
    }
  }

  @Tag("exact")
  @Property
  void smallProductsAreExact(
      @ForAll @IntRange(max = 40) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 40) int k,
      @ForAll Start start,
      @ForAll Team threads,
      @ForAll long seed) {
    check(m, n, k, start, Values.INTEGERS, threads, seed);
  }

  @Property
  void layoutsAndThreadsDoNotChangeABit(
      @ForAll @IntRange(max = 40) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 40) int k,
      @ForAll Start start,
      @ForAll Team threads,
      @ForAll long seed) {
    check(m, n, k, start, Values.SPECIAL, threads, seed);
  }

  /** Several blocks of rows and columns, and several panels of the inner dimension. */
  @Property(tries = 15)
  void largeProducts(
      @ForAll @IntRange(max = 130) int m,
      @ForAll @IntRange(max = 140) int n,
      @ForAll @IntRange(min = 340, max = 730) int k,
      @ForAll Start start,
      @ForAll Team threads,
      @ForAll long seed) {
    check(m, n, k, start, Values.REALS, threads, seed);
  }

  /**
   * More than 2^25 multiplications: B is packed even if its rows are contiguous. Two blocks of
   * columns, the second with a part of a panel, and several blocks of rows and of terms.
   */
  @Example
  void packedProducts() {
    SplittableRandom random = new SplittableRandom(7);
    int m = 200;
    int n = 550;
    int k = 600;
    int[][] layoutsOfA = {{k + 1, 1}, {1, m + 2}, {2 * k, 2}};
    int[][] layoutsOfB = {{n + 1, 1}, {1, k + 3}};
    float[] bias = Values.REALS.guarded(2, n, 1, random);
    Matrix c = Matrix.draw(m, n, n + 2, 1, Values.REALS, random);
    for (Start start : Start.values()) {
      int[] ofA = layoutsOfA[start.ordinal()];
      Matrix a = Matrix.draw(m, k, ofA[0], ofA[1], Values.REALS, random);
      for (int[] ofB : layoutsOfB) {
        Matrix b = Matrix.draw(k, n, ofB[0], ofB[1], Values.REALS, random);
        try (WorkerTeam team = new WorkerTeam(1 + 3 * start.ordinal())) {
          float[] packed = run(new Gemm(team), a, b, start, c, bias);
          Guards.assertSame(chain(a, b, start, c, bias), packed, start + " csB=" + b.cs);
        }
      }
    }
  }

  /** More terms than B's buffer holds, twice over, for two blocks of rows; A packed and not. */
  @Example
  void longSums() {
    SplittableRandom random = new SplittableRandom(11);
    int k = 2 * 1_056 + 5;
    float[] bias = Values.REALS.guarded(2, 130, 1, random);
    for (int n : new int[] {33, 130}) {
      Matrix a = Matrix.draw(130, k, Values.REALS, random);
      Matrix b = Matrix.draw(k, n, 1, k + 1, Values.REALS, random);
      Matrix c = Matrix.draw(130, n, n + 2, 1, Values.REALS, random);
      for (Start start : Start.values()) {
        float[] sums = run(new Gemm(WorkerTeam.single()), a, b, start, c, bias);
        Guards.assertSame(chain(a, b, start, c, bias), sums, start + " N=" + n);
      }
    }
  }

  /** Both sides of each limit where the facade changes its mind. */
  @Tag("exact")
  @Tag("slow")
  @Example
  void limits() {
    SplittableRandom seeds = new SplittableRandom(3);
    for (int m : new int[] {0, 1, 16, 17, 55, 56, 57, 113, 130}) {
      for (int n : new int[] {0, 1, 56, 57, 64, 65}) {
        for (int k : new int[] {0, 1, 352, 353, 704}) {
          for (Start start : Start.values()) {
            check(m, n, k, start, Values.INTEGERS, Team.TWO, seeds.nextLong());
          }
        }
      }
    }
  }

  @Example
  void oneInstanceServesProductsOfAnySize() {
    SplittableRandom random = new SplittableRandom(5);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Gemm gemm = new Gemm(team);
      for (int round = 0; round < 60; round++) {
        Matrix a = Matrix.draw(random.nextInt(60), random.nextInt(500), Values.REALS, random);
        Matrix b = Matrix.draw(a.columns, random.nextInt(80), Values.REALS, random);
        Matrix c = Matrix.draw(a.rows, b.columns, b.columns, 1, Values.REALS, random);
        Guards.assertSame(
            chain(a, b, Start.RESULT, c, null), run(gemm, a, b, Start.RESULT, c, null), "round");
      }
    }
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    Gemm gemm = new Gemm(WorkerTeam.single());
    float[] a = new float[6]; // 2 x 3
    float[] b = new float[12]; // 3 x 4
    float[] c = Guards.array(8);
    float[] bias = new float[4];
    assertRefused(
        "m must",
        () -> multiply(gemm, -1, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "n must",
        () -> multiply(gemm, 2, -1, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "k must",
        () -> multiply(gemm, 2, 4, -1, Floats.of(a), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "rsA",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), -3, 1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "csA",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, -1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "rsB",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), -4, 1, Floats.of(c), 4));
    assertRefused(
        "csB",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, -1, Floats.of(c), 4));
    assertRefused(
        "ldc",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 3));
    assertRefused(
        "A needs",
        () -> multiply(gemm, 2, 4, 3, at(a, 1), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 4));
    assertRefused(
        "A needs",
        () ->
            multiply(
                gemm,
                2,
                4,
                3,
                Floats.of(a),
                Integer.MAX_VALUE,
                1,
                Floats.of(b),
                4,
                1,
                Floats.of(c),
                4));
    assertRefused(
        "B needs",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, at(b, 1), 4, 1, Floats.of(c), 4));
    assertRefused(
        "C needs",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, at(c, 1), 4));
    assertRefused(
        "C needs",
        () -> multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, Floats.of(c), 5));
    float[] shared = new float[20];
    assertRefused(
        "overlaps A",
        () ->
            multiply(gemm, 2, 4, 3, at(shared, 7), 3, 1, Floats.of(b), 4, 1, Floats.of(shared), 4));
    assertRefused(
        "overlaps B",
        () ->
            multiply(gemm, 2, 4, 3, Floats.of(a), 3, 1, at(shared, 7), 4, 1, Floats.of(shared), 4));
    multiply(
        gemm,
        2,
        4,
        3,
        at(shared, 8),
        3,
        1,
        Floats.of(b),
        4,
        1,
        Floats.of(shared),
        4); // side by side: allowed
    assertRefused(
        "A needs",
        () ->
            gemm.multiplyPlusRow(
                2, 4, 3, at(a, 1), 3, 1, Floats.of(b), 4, 1, Floats.of(bias), Floats.of(c), 4));
    assertRefused(
        "bias needs",
        () ->
            gemm.multiplyPlusRow(
                2, 4, 3, Floats.of(a), 3, 1, Floats.of(b), 4, 1, at(bias, 1), Floats.of(c), 4));
    assertRefused(
        "overlaps bias",
        () ->
            gemm.multiplyPlusRow(
                2,
                4,
                3,
                Floats.of(a),
                3,
                1,
                Floats.of(b),
                4,
                1,
                at(shared, 7),
                Floats.of(shared),
                4));
    Guards.assertSame(Guards.array(8), c, "C");
    assertEquals(0f, shared[7]);
  }

  private static void multiply(
      Gemm gemm,
      int m,
      int n,
      int k,
      Floats a,
      int rsA,
      int csA,
      Floats b,
      int rsB,
      int csB,
      Floats c,
      int ldc) {
    gemm.multiply(m, n, k, a, rsA, csA, b, rsB, csB, false, c, ldc);
  }
}
