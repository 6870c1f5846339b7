// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.math.Fma;
import java.util.Arrays;

/** Each kernel as its definition reads. */
final class ReferenceMatrix implements MatrixKernels {
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
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        c[cOff + i * ldc + j] = d == null ? 0f : d[dOff + i * ldd + j];
      }
      for (int p = 0; p < k; p++) {
        float aip = a[aOff + i * rsA + p * csA];
        for (int j = 0; j < n; j++) {
          int at = cOff + i * ldc + j;
          c[at] = Fma.fma(aip, b[bOff + p * ldb + j], c[at]);
        }
      }
    }
  }

  @Override
  public void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        y[yOff + j * ldy + i] = x[xOff + i * ldx + j];
      }
    }
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
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        Arrays.fill(work, 0, DOT_LANES, 0f);
        for (int p = 0; p < k; p++) {
          int lane = p % DOT_LANES;
          work[lane] = Fma.fma(a[aOff + i * lda + p], b[bOff + j * ldb + p], work[lane]);
        }
        for (int half = DOT_LANES / 2; half > 0; half /= 2) {
          for (int l = 0; l < half; l++) {
            work[l] += work[l + half];
          }
        }
        c[cOff + i * ldc + j] = d[dOff + j] + work[0];
      }
    }
  }
}
