// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.matrix.Product;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * Matrix products in single precision on a team of threads: {@code C = AB}, {@code C += AB} and
 * {@code C = AB + bias}, every operand given by its strides, so that a transposed matrix is one
 * with its strides exchanged.
 *
 * <p>Each element of C is one chain of fused multiply-adds in ascending order of the inner index,
 * starting from 0, from C or from the bias. How C is divided among threads and how operands are
 * packed therefore never changes a bit.
 *
 * <p>An instance owns packing buffers: it is not thread-safe, and allocates nothing once they are
 * large enough.
 */
public final class Gemm {
  private final Product product;

  /**
   * Prepares products.
   *
   * @param team the threads to use
   */
  public Gemm(WorkerTeam team) {
    product = new Product(team);
  }

  /**
   * {@code C = AB}, or {@code C += AB}.
   *
   * @param m rows of A and C
   * @param n columns of B and C
   * @param k columns of A, rows of B
   * @param a A[i][p] is its element {@code i * rsA + p * csA}
   * @param rsA distance between rows of A, not negative
   * @param csA distance between columns of A, not negative
   * @param b B[p][j] is its element {@code p * rsB + j * csB}
   * @param rsB distance between rows of B, not negative
   * @param csB distance between columns of B, not negative
   * @param accumulate whether to add to C; otherwise C is not read
   * @param c C[i][j] is its element {@code i * ldc + j}
   * @param ldc distance between rows of C, at least n
   * @throws IllegalArgumentException if a dimension or stride is negative, an operand is too short,
   *     or C overlaps A or B; C is unchanged then
   */
  public void multiply(
      int m,
      int n,
      int k,
      Floats a,
      int rsA,
      int csA,
      Floats b,
      int rsB,
      int csB,
      boolean accumulate,
      Floats c,
      int ldc) {
    check(m, n, k, a, rsA, csA, b, rsB, csB, c, ldc);
    product.run(m, n, k, a, rsA, csA, b, rsB, csB, accumulate ? c : null, ldc, c, ldc);
  }

  /**
   * {@code C[i][j] = bias[j] + sum over p of A[i][p] * B[p][j]}. The other parameters are those of
   * {@link #multiply}.
   *
   * @param m rows of A and C
   * @param n columns of B and C
   * @param k columns of A, rows of B
   * @param a holds A
   * @param rsA distance between rows of A
   * @param csA distance between columns of A
   * @param b holds B
   * @param rsB distance between rows of B
   * @param csB distance between columns of B
   * @param bias {@code [n]}, not overlapping C
   * @param c receives C
   * @param ldc distance between rows of C
   * @throws IllegalArgumentException as for {@link #multiply}
   */
  public void multiplyPlusRow(
      int m,
      int n,
      int k,
      Floats a,
      int rsA,
      int csA,
      Floats b,
      int rsB,
      int csB,
      Floats bias,
      Floats c,
      int ldc) {
    check(m, n, k, a, rsA, csA, b, rsB, csB, c, ldc);
    Operands.holds("bias", bias, n);
    Operands.disjoint("C", c, span(m, ldc, n, 1), "bias", bias, n);
    product.run(m, n, k, a, rsA, csA, b, rsB, csB, bias, 0, c, ldc);
  }

  private static void check(
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
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    Check.notNegative("k", k);
    Check.notNegative("rsA", rsA);
    Check.notNegative("csA", csA);
    Check.notNegative("rsB", rsB);
    Check.notNegative("csB", csB);
    if (ldc < n) {
      throw new IllegalArgumentException("ldc must be at least n = " + n + ", but is " + ldc);
    }
    long sizeA = span(m, rsA, k, csA);
    long sizeB = span(k, rsB, n, csB);
    long sizeC = span(m, ldc, n, 1);
    Operands.holds("A", a, sizeA);
    Operands.holds("B", b, sizeB);
    Operands.holds("C", c, sizeC);
    Operands.disjoint("C", c, sizeC, "A", a, sizeA);
    Operands.disjoint("C", c, sizeC, "B", b, sizeB);
  }

  /** From the first to the last element of a strided matrix. */
  private static long span(int rows, int rs, int columns, int cs) {
    return rows == 0 || columns == 0 ? 0 : (rows - 1L) * rs + (columns - 1L) * cs + 1;
  }
}
