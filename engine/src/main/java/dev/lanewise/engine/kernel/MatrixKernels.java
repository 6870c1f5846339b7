// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * Products of matrices, on one thread: the strided product that everything rests on, inner products
 * for results too narrow for it, and the transposition that packing needs. See {@link Kernels} for
 * what holds for all kernels.
 */
public interface MatrixKernels {
  /**
   * The strided matrix product that everything rests on.
   *
   * <pre>C[i][j] = D[i][j] + sum over p of A[i][p] * B[p][j],   i &lt; m, j &lt; n, p &lt; k</pre>
   *
   * <p>The chain of an element starts from D and takes p in ascending order: {@code c = d[i][j]},
   * then {@code c = fma(A[i][p], B[p][j], c)}. A long sum may therefore be cut anywhere and
   * continued by a second call with D = C, without changing a bit.
   *
   * <p>Layouts: {@code A[i][p] = a[aOff + i * rsA + p * csA]} with any two strides, so that A may
   * be a transposed matrix or an image seen as overlapping rows; {@code B[p][j] = b[bOff + p * ldb
   * + j]}; {@code C[i][j] = c[cOff + i * ldc + j]}; {@code D[i][j] = d[dOff + i * ldd + j]}. With
   * {@code d == null} D is zero; with {@code ldd == 0} it is a row (a bias) for every i. D may be C
   * itself, with the same offset and stride. C shares no element with A or B.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k terms of each sum; 0 copies D to C
   * @param a holds A
   * @param aOff index of A[0][0]
   * @param rsA distance between rows of A
   * @param csA distance between columns of A
   * @param b holds B
   * @param bOff index of B[0][0]
   * @param ldb distance between rows of B
   * @param d holds D, or {@code null} for zeros
   * @param dOff index of D[0][0]
   * @param ldd distance between rows of D
   * @param c receives C
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   */
  void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc);

  /**
   * Copies a matrix transposed: {@code y[yOff + j * ldy + i] = x[xOff + i * ldx + j]}.
   *
   * @param m rows of x
   * @param n columns of x
   * @param x holds the matrix
   * @param xOff its first element
   * @param ldx distance between rows of x
   * @param y receives the transposed one
   * @param yOff its first element
   * @param ldy distance between rows of y
   */
  void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy);

  /** Partial sums of an inner product: element p goes to partial sum p mod 16. */
  int DOT_LANES = 16;

  /** Floats of work space for {@link #dot}: the partial sums of 5 rows with 8. */
  int DOT_WORK = 40 * DOT_LANES;

  /**
   * Inner products of the rows of A with the rows of B, for results too narrow for {@link #gemm}.
   *
   * <pre>C[i][j] = D[j] + sum over p of A[i][p] * B[j][p],   i &lt; m, j &lt; n, p &lt; k</pre>
   *
   * <p>The order is fixed, whatever the width of the vectors: {@link #DOT_LANES} chains {@code s[l]
   * = fma(A[i][p], B[j][p], s[l])} from 0 over p = l, l + 16, ...; then halves are added, {@code
   * s[l] + s[l + 8]}, {@code + 4}, {@code + 2}, {@code + 1}; then D is added to the sum.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k terms of each sum
   * @param a A[i][p] is {@code a[aOff + i * lda + p]}
   * @param aOff index of A[0][0]
   * @param lda distance between rows of A
   * @param b B[j][p] is {@code b[bOff + j * ldb + p]}
   * @param bOff index of B[0][0]
   * @param ldb distance between rows of B
   * @param d D[j], a row for every i
   * @param dOff its first element
   * @param c C[i][j] is {@code c[cOff + i * ldc + j]}
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   * @param work {@link #DOT_WORK} floats, of any content, to be overwritten
   */
  void dot(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc,
      float[] work);
}
