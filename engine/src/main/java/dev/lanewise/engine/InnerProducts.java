// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.matrix.RowProducts;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * Inner products of the rows of one matrix with the rows of another, plus a bias: the forward pass
 * of a dense layer whose weights of one output lie side by side, {@code [out, in]}.
 *
 * <p>Unlike {@link Gemm} it has its vectors along the sum, so that no lane idles however few
 * columns the result has, and rows of both operands are read from front to back, as prefetchers
 * like it. The sum is cut into 16 chains ({@code MatrixKernels.dot}); an element depends on its two
 * rows alone, never on the other rows of the batch.
 *
 * <p>An instance owns work space: it is not thread-safe. Allocates nothing once made.
 */
public final class InnerProducts {
  private final RowProducts products;

  /**
   * Prepares products.
   *
   * @param team the threads to use
   */
  public InnerProducts(WorkerTeam team) {
    products = new RowProducts(team);
  }

  /**
   * {@code C[i][j] = bias[j] + sum over p of A[i][p] * B[j][p]}, all matrices contiguous.
   *
   * @param m rows of A and C
   * @param n rows of B, columns of C
   * @param k columns of A and B
   * @param a A, {@code [m, k]}
   * @param b B, {@code [n, k]}
   * @param bias {@code [n]}, or {@code null} for none
   * @param c receives C, {@code [m, n]}
   * @throws IllegalArgumentException if a dimension is negative, an operand is too short, or C
   *     overlaps an input; C is unchanged then
   */
  public void multiply(int m, int n, int k, Floats a, Floats b, Floats bias, Floats c) {
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    Check.notNegative("k", k);
    long sizeA = (long) m * k;
    long sizeB = (long) n * k;
    long sizeC = (long) m * n;
    Operands.holds("A", a, sizeA);
    Operands.holds("B", b, sizeB);
    Operands.holds("C", c, sizeC);
    Operands.disjoint("C", c, sizeC, "A", a, sizeA);
    Operands.disjoint("C", c, sizeC, "B", b, sizeB);
    if (bias != null) {
      Operands.holds("bias", bias, n);
      Operands.disjoint("C", c, sizeC, "bias", bias, n);
    }
    products.run(m, n, k, a, b, bias, c);
  }
}
