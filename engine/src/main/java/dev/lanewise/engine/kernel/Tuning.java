package dev.lanewise.engine.kernel;

/**
 * What a back end is fastest with: hints for those who choose how to call it. Results never depend
 * on them.
 */
public interface Tuning {
  /**
   * How many floats the back end's vectors hold.
   *
   * @return the lanes; 1 for plain Java. Results never depend on it
   */
  int lanes();

  /**
   * Whether {@link TapKernels#tapProduct} and {@link TapKernels#tapGradient} have kernels of their
   * own for so many columns. Elsewhere taps that are equally far apart are better, which are a
   * {@link MatrixKernels#gemm}.
   *
   * @param n columns of C
   * @return whether runs may as well begin anywhere. Results never depend on it
   */
  boolean hasTapTiles(int n);

  /**
   * How many columns of B are best copied to lie together for a {@link MatrixKernels#gemm} of a
   * transposed A, so that its rows are no longer than a tile is wide.
   *
   * @param n columns of B
   * @return a divisor of n; n itself where a copy gains nothing. Results never depend on it
   */
  int panelWidth(int n);
}
