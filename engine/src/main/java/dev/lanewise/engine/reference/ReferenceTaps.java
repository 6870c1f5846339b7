// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.math.Fma;

/** Each kernel as its definition reads. */
final class ReferenceTaps implements TapKernels {
  @Override
  public void tapProduct(
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
      int scratchOff) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = d == null ? 0f : d[dOff + j];
        for (int t = 0; t < k; t++) {
          sum = Fma.fma(a[aOff + taps[t] + i], b[bOff + t * n + j], sum);
        }
        c[cOff + i * n + j] = sum;
      }
    }
  }

  @Override
  public void planeProduct(
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
      int ldc) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = d == null ? 0f : d[dOff + i];
        for (int t = 0; t < k; t++) {
          sum = Fma.fma(a[aOff + i * k + t], b[bOff + taps[t] + j], sum);
        }
        c[cOff + i * ldc + j] = sum;
      }
    }
  }

  @Override
  public void tapGradient(
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
      int scratchOff) {
    for (int t = 0; t < m; t++) {
      for (int i = 0; i < k; i++) {
        for (int j = 0; j < n; j++) {
          int at = cOff + t * n + j;
          c[at] = Fma.fma(a[aOff + taps[first + t] + i], b[bOff + i * n + j], c[at]);
        }
      }
    }
  }
}
