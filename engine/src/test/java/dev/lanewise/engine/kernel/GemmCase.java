// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;

/**
 * Random operands for {@code gemm}: odd offsets and strides, A through any two strides, arrays that
 * end at the last element or somewhat later, guards wherever there is no element.
 */
final class GemmCase {
  enum Start {
    ZERO,
    ROW,
    MATRIX,
    RESULT
  }

  final int m;
  final int n;
  final int k;
  final Start start;
  final float[] a;
  final int aOff;
  final int rsA;
  final int csA;
  final float[] b;
  final int bOff;
  final int ldb;
  final float[] d;
  final int dOff;
  final int ldd;
  final float[] c;
  final int cOff;
  final int ldc;

  GemmCase(int m, int n, int k, Start start, Values values, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    this.m = m;
    this.n = n;
    this.k = k;
    this.start = start;
    aOff = random.nextInt(6);
    switch (random.nextInt(4)) {
      case 0 -> { // as it is
        csA = 1;
        rsA = k + random.nextInt(4);
      }
      case 1 -> { // transposed
        rsA = 1;
        csA = m + random.nextInt(4);
      }
      case 2 -> { // overlapping rows
        csA = 1;
        rsA = random.nextInt(k + 1);
      }
      default -> { // gaps both ways
        csA = 2 + random.nextInt(2);
        rsA = csA * k + random.nextInt(3);
      }
    }
    a = matrix(m, k, aOff, rsA, csA, values, random);
    bOff = random.nextInt(20);
    ldb = n + random.nextInt(4);
    b = matrix(k, n, bOff, ldb, 1, values, random);
    cOff = random.nextInt(20);
    ldc = n + random.nextInt(4);
    switch (start) {
      case ZERO -> {
        d = null;
        dOff = random.nextInt(100);
        ldd = random.nextInt(100);
        c = Guards.array(cOff + m * ldc + random.nextInt(20));
      }
      case ROW -> {
        dOff = random.nextInt(20);
        ldd = 0;
        d = matrix(1, n, dOff, 0, 1, values, random);
        c = Guards.array(cOff + m * ldc + random.nextInt(20));
      }
      case MATRIX -> {
        dOff = random.nextInt(20);
        ldd = n + random.nextInt(4);
        d = matrix(m, n, dOff, ldd, 1, values, random);
        c = Guards.array(cOff + m * ldc + random.nextInt(20));
      }
      default -> {
        dOff = cOff;
        ldd = ldc;
        c = matrix(m, n, cOff, ldc, 1, values, random);
        d = c;
      }
    }
  }

  private static float[] matrix(
      int rows, int columns, int offset, int rs, int cs, Values values, SplittableRandom random) {
    int span = rows == 0 || columns == 0 ? 0 : (rows - 1) * rs + (columns - 1) * cs + 1;
    float[] array = Guards.array(offset + span + (random.nextBoolean() ? 0 : random.nextInt(40)));
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        array[offset + i * rs + j * cs] = values.draw(random);
      }
    }
    return array;
  }

  /** What the kernel leaves in a copy of c. */
  float[] run(Kernels kernels) {
    float[] out = c.clone();
    float[] from = d == c ? out : d;
    kernels
        .matrix()
        .gemm(m, n, k, a, aOff, rsA, csA, b, bOff, ldb, from, dOff, ldd, out, cOff, ldc);
    return out;
  }

  /** The same in two calls, the second of which carries on. */
  float[] runInParts(Kernels kernels, int first) {
    float[] out = c.clone();
    float[] from = d == c ? out : d;
    kernels
        .matrix()
        .gemm(m, n, first, a, aOff, rsA, csA, b, bOff, ldb, from, dOff, ldd, out, cOff, ldc);
    kernels
        .matrix()
        .gemm(
            m,
            n,
            k - first,
            a,
            aOff + first * csA,
            rsA,
            csA,
            b,
            bOff + first * ldb,
            ldb,
            out,
            cOff,
            ldc,
            out,
            cOff,
            ldc);
    return out;
  }

  /** The definition, in double precision: exact for integers. */
  float[] exact() {
    float[] out = c.clone();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        out[cOff + i * ldc + j] = (float) sum(i, j);
      }
    }
    return out;
  }

  private double sum(int i, int j) {
    double sum = d == null ? 0 : d[dOff + i * ldd + j];
    for (int p = 0; p < k; p++) {
      sum += (double) a[aOff + i * rsA + p * csA] * b[bOff + p * ldb + j];
    }
    return sum;
  }

  private double sumOfMagnitudes(int i, int j) {
    double sum = d == null ? 0 : Math.abs(d[dOff + i * ldd + j]);
    for (int p = 0; p < k; p++) {
      sum += Math.abs((double) a[aOff + i * rsA + p * csA] * b[bOff + p * ldb + j]);
    }
    return sum;
  }

  void assertWithinBound(float[] actual) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        String what = "C[" + i + "][" + j + "] of " + this;
        float c = actual[cOff + i * ldc + j];
        Bound.assertWithin(sum(i, j), sumOfMagnitudes(i, j), k, c, what);
      }
    }
  }

  @Override
  public String toString() {
    return "gemm M=" + m + " N=" + n + " K=" + k + " from " + start + " rsA=" + rsA + " csA=" + csA
        + " ldb=" + ldb + " ldc=" + ldc;
  }
}
