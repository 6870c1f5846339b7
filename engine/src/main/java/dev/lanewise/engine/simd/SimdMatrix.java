// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.MatrixKernels;

/** Products of matrices. */
final class SimdMatrix implements MatrixKernels {
  @Override
  public void gemm(
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
      int ldc) {
    GemmDriver.gemm(m, n, k, a, aOff, rsA, csA, b, bOff, ldb, d, dOff, ldd, c, cOff, ldc);
  }

  @Override
  public void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    Transposition.transpose(m, n, x, xOff, ldx, y, yOff, ldy);
  }

  @Override
  public void dot(
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
      float[] work) {
    DotTiles.dot(m, n, k, a, aOff, lda, b, bOff, ldb, d, dOff, c, cOff, ldc, work);
  }
}
