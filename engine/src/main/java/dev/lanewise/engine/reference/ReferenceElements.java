// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.Exp;
import dev.lanewise.engine.math.Fma;

/** Each kernel as its definition reads. */
final class ReferenceElements implements ElementKernels {
  @Override
  public void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        sums[sumsOff + j] += x[xOff + i * n + j];
      }
    }
  }

  @Override
  public void relu(int n, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Math.max(x[xOff + i], 0f);
    }
  }

  @Override
  public void zeroWhereNotPositive(
      int n, float[] gate, int gateOff, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = gate[gateOff + i] <= 0f ? 0f : x[xOff + i];
    }
  }

  @Override
  public void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Exp.exp(x[xOff + i] - shift);
    }
  }

  @Override
  public void silu(int n, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      float v = x[xOff + i];
      y[yOff + i] = Math.max(v, -Float.MAX_VALUE) / (1 + Exp.exp(-v));
    }
  }

  @Override
  public void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Fma.fma(a, x[xOff + i], y[yOff + i]);
    }
  }
}
