// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * Products with a matrix whose rows or columns begin anywhere in an array, on one thread: what the
 * taps of a kernel see of an image with few channels on either side. See {@link Kernels} for what
 * holds for all kernels.
 */
public interface TapKernels {
  /**
   * Elements of scratch memory: the largest tile of one vector, and a vector for each row of B and
   * for D.
   *
   * @param terms k of a product; 0 for a gradient
   */
  static long scratch(int terms) {
    return (14L + 1 + terms) * 16;
  }

  /**
   * The product of a matrix whose columns begin anywhere, such as the planes that the taps of a
   * kernel see of an image.
   *
   * <pre>C[i][j] = D[j] + sum over t of T[t][i] * B[t][j],   i &lt; m, j &lt; n, t &lt; k
   * T[t][i] = a[aOff + taps[t] + i]</pre>
   *
   * <p>The chain of an element is that of {@link MatrixKernels#gemm} with T transposed as A. B and
   * C are contiguous.
   *
   * @param m rows of C: pixels
   * @param n columns of C
   * @param k terms of each sum: taps
   * @param a holds T
   * @param aOff where its offsets count from
   * @param taps where the run of each tap begins, k or more
   * @param b {@code [k, n]}
   * @param bOff its first element
   * @param d D[j], a row for every i, or {@code null} for zeros
   * @param dOff its first element
   * @param c {@code [m, n]}
   * @param cOff its first element
   * @param scratch memory apart from all else here, see {@link #scratch}
   * @param scratchOff the first of them
   */
  void tapProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      float[] scratch,
      int scratchOff);

  /** The columns of a {@link #planeProduct} are a multiple of this: two of the longest vectors. */
  int PLANE_LANES = 32;

  /**
   * The product with a matrix whose rows begin anywhere, such as what the taps of a kernel see of
   * planes.
   *
   * <pre>C[i][j] = D[i] + sum over t of A[i][t] * T[t][j],   i &lt; m, j &lt; n, t &lt; k
   * T[t][j] = b[bOff + taps[t] + j]</pre>
   *
   * <p>The chain of an element is that of {@link MatrixKernels#gemm} with T as B. A is contiguous.
   *
   * @param m rows of C
   * @param n columns of C, a multiple of {@link #PLANE_LANES}
   * @param k terms of each sum: taps
   * @param a {@code [m, k]}
   * @param aOff its first element
   * @param b holds T
   * @param bOff where its offsets count from
   * @param taps where each row of T begins, k or more
   * @param d {@code [m]}, D[i] for every element of a row, or {@code null} for zeros
   * @param dOff its first element
   * @param c C[i][j] is {@code c[cOff + i * ldc + j]}
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   */
  void planeProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc);

  /**
   * The product of a matrix whose rows begin anywhere, such as the planes that the taps of a kernel
   * see of an image, added to C.
   *
   * <pre>C[t][j] = C[t][j] + sum over i of T[t][i] * B[i][j],   t &lt; m, j &lt; n, i &lt; k
   * T[t][i] = a[aOff + taps[first + t] + i]</pre>
   *
   * <p>The chain of an element is that of {@link MatrixKernels#gemm} with T as A and D = C.
   *
   * @param m rows of C: taps
   * @param n columns of C
   * @param k terms of each sum: pixels
   * @param a holds T
   * @param aOff where its offsets count from
   * @param taps where the run of each tap begins
   * @param first the tap of the first row
   * @param b {@code [k, n]}
   * @param bOff its first element
   * @param c {@code [m, n]}
   * @param cOff its first element
   * @param scratch memory apart from all else here, see {@link #scratch}
   * @param scratchOff the first of them
   */
  void tapGradient(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff,
      float[] scratch,
      int scratchOff);
}
