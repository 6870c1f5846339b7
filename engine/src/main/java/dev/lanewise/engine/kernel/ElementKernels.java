// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * Operations that look at one element, or one column, at a time, on one thread. See {@link Kernels}
 * for what holds for all kernels.
 */
public interface ElementKernels {
  /**
   * Adds up columns: {@code sums[j] = sums[j] + x[0][j] + x[1][j] + ...}, from left to right.
   *
   * @param m rows
   * @param n columns
   * @param x the matrix, {@code [m, n]}, contiguous
   * @param xOff its first element
   * @param sums {@code [n]}, added to
   * @param sumsOff its first element
   */
  void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff);

  /**
   * {@code y[i] = max(x[i], 0)}; NaN stays NaN, and -0.0 becomes 0.0. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void relu(int n, float[] x, int xOff, float[] y, int yOff);

  /**
   * {@code y[i] = gate[i] <= 0 ? 0 : x[i]}, so an element passes where the gate is NaN. This is the
   * gradient of {@link #relu}, with its output as the gate; and with an array as its own gate it is
   * the rectifier itself. {@code y} may be {@code x}, and both may be the gate.
   *
   * @param n elements
   * @param gate decides which elements pass
   * @param gateOff its first element
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void zeroWhereNotPositive(
      int n, float[] gate, int gateOff, float[] x, int xOff, float[] y, int yOff);

  /**
   * {@code y[i] = exp(x[i] - shift)}, by {@link Exp}'s polynomial. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param shift subtracted from each element
   * @param y output
   * @param yOff its first element
   */
  void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff);

  /**
   * {@code y[i] = x[i] / (1 + exp(-x[i]))}, with {@link Exp}'s polynomial; -0.0 for minus infinity.
   * {@code y} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void silu(int n, float[] x, int xOff, float[] y, int yOff);

  /**
   * {@code y[i] = fma(a, x[i], y[i])}.
   *
   * @param n elements
   * @param a factor
   * @param x added, times a
   * @param xOff its first element
   * @param y updated
   * @param yOff its first element
   */
  void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff);
}
