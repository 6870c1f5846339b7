// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * What normalisations do with channels and with rows, on one thread. See {@link Kernels} for what
 * holds for all kernels.
 *
 * <p>A table has a value for each place of a row of pixels, {@code [width]}, a multiple of the
 * channels; element i meets the place {@code t = (first + i) mod width}.
 */
public interface NormalizationKernels {
  /**
   * Scales channels: {@code y[i] = fma(gain[t], x[i] - center[t], offset[t])}, then {@code
   * max(y[i], 0)} if rectified. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param center a table
   * @param gain likewise
   * @param offset likewise
   * @param width of the tables
   * @param first the place of the first element, from 0 to {@code width - 1}
   * @param rectified whether a rectifier follows
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void scale(
      int n,
      float[] center,
      float[] gain,
      float[] offset,
      int width,
      int first,
      boolean rectified,
      float[] x,
      int xOff,
      float[] y,
      int yOff);

  /**
   * Scales channels and adds those of a second operand: {@code dx[i] = fma(slope[t], dy[i],
   * fma(gain[t], x[i] - center[t], offset[t]))}. {@code dx} may be {@code dy}.
   *
   * @param n elements
   * @param slope a table
   * @param center likewise
   * @param gain likewise
   * @param offset likewise
   * @param width of the tables
   * @param first the place of the first element, from 0 to {@code width - 1}
   * @param x input
   * @param xOff its first element
   * @param dy second input
   * @param dyOff its first element
   * @param dx output
   * @param dxOff its first element
   */
  void gradient(
      int n,
      float[] slope,
      float[] center,
      float[] gain,
      float[] offset,
      int width,
      int first,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dx,
      int dxOff);

  /**
   * Sums of columns, in double precision: {@code sums[j] = dy[0][j] + dy[1][j] + ...} and {@code
   * products[j] = dy[0][j] * x[0][j] + dy[1][j] * x[1][j] + ...}, each from 0 in this order. {@code
   * dy} may be {@code x}.
   *
   * @param m rows
   * @param n columns
   * @param ld distance between rows
   * @param x {@code X[i][j] = x[xOff + i * ld + j]}
   * @param xOff its first element
   * @param dy likewise
   * @param dyOff its first element
   * @param sums receives {@code [n]}
   * @param sumsOff its first element
   * @param products receives {@code [n]}
   * @param productsOff its first element
   */
  void sums(
      int m,
      int n,
      int ld,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      double[] sums,
      int sumsOff,
      double[] products,
      int productsOff);

  /** Chains of {@link #rowSums}: element i goes to chain i mod 8. */
  int ROW_LANES = 8;

  /**
   * Sums along a row, in double precision, with {@code g[i] = weight[i] * dy[i]}, which is exact in
   * doubles: {@code sums[0] = g[0] + g[1] + ...} and {@code sums[8] = g[0] * x[0] + g[1] * x[1] +
   * ...}, each in {@link #ROW_LANES} chains from 0; then halves are added, {@code s[l] + s[l + 4]},
   * {@code + 2}, {@code + 1}. {@code dy} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param weight input
   * @param weightOff its first element
   * @param dy input
   * @param dyOff its first element
   * @param sums {@code [2, ROW_LANES]}, the first of each being the sum
   */
  void rowSums(
      int n,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] dy,
      int dyOff,
      double[] sums);

  /**
   * Normalises a row: {@code h = fma(gain, x[i] - center, offset)}, {@code y[i] = fma(weight[i], h,
   * bias[i])}, then {@code max(y[i], 0)} if rectified. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param center subtracted
   * @param gain multiplied by
   * @param offset added
   * @param weight input
   * @param weightOff its first element
   * @param bias input
   * @param biasOff its first element
   * @param rectified whether a rectifier follows
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void normalizeRow(
      int n,
      float center,
      float gain,
      float offset,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      boolean rectified,
      float[] x,
      int xOff,
      float[] y,
      int yOff);

  /**
   * The gradient of a row, with {@code g[i] = weight[i] * dy[i]} rounded to a float: {@code dx[i] =
   * fma(slope, g[i], fma(gain, x[i] - center, offset))}. {@code dx} may be {@code dy}.
   *
   * @param n elements
   * @param slope of g
   * @param center subtracted from x
   * @param gain multiplied by
   * @param offset added
   * @param weight input
   * @param weightOff its first element
   * @param x input
   * @param xOff its first element
   * @param dy input
   * @param dyOff its first element
   * @param dx output
   * @param dxOff its first element
   */
  void rowGradient(
      int n,
      float slope,
      float center,
      float gain,
      float offset,
      float[] weight,
      int weightOff,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dx,
      int dxOff);
}
