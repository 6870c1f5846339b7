// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * What a back end is fastest with: hints for the choice of algorithms. Results never depend on
 * them.
 */
public interface Tuning {
  /**
   * How many floats the back end's vectors hold.
   *
   * @return the lanes; 1 for plain Java
   */
  int lanes();

  /**
   * How many columns of B are best copied to lie together for a {@link MatrixKernels#gemm} of a
   * transposed A, so that its rows are no longer than a tile is wide.
   *
   * @param n columns of B
   * @return a divisor of n; n itself where a copy gains nothing
   */
  int panelWidth(int n);
}
