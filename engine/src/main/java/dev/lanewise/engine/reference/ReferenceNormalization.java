// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.NormalizationKernels;
import dev.lanewise.engine.math.Fma;
import java.util.Arrays;

/** Each kernel as its definition reads. */
final class ReferenceNormalization implements NormalizationKernels {
  @Override
  public void scale(
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
      int yOff) {
    for (int i = 0; i < n; i++) {
      int t = (first + i) % width;
      float v = Fma.fma(gain[t], x[xOff + i] - center[t], offset[t]);
      y[yOff + i] = rectified ? Math.max(v, 0f) : v;
    }
  }

  @Override
  public void gradient(
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
      int dxOff) {
    for (int i = 0; i < n; i++) {
      int t = (first + i) % width;
      float v = Fma.fma(gain[t], x[xOff + i] - center[t], offset[t]);
      dx[dxOff + i] = Fma.fma(slope[t], dy[dyOff + i], v);
    }
  }

  @Override
  public void sums(
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
      int productsOff) {
    for (int j = 0; j < n; j++) {
      double sum = 0;
      double product = 0;
      for (int i = 0; i < m; i++) {
        float v = dy[dyOff + i * ld + j];
        sum += v;
        product = Fma.fma(v, x[xOff + i * ld + j], product);
      }
      sums[sumsOff + j] = sum;
      products[productsOff + j] = product;
    }
  }

  @Override
  public void rowSums(
      int n,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] dy,
      int dyOff,
      double[] sums) {
    Arrays.fill(sums, 0);
    for (int i = 0; i < n; i++) {
      double g = (double) weight[weightOff + i] * dy[dyOff + i];
      int lane = i % ROW_LANES;
      sums[lane] += g;
      sums[ROW_LANES + lane] = Fma.fma(g, x[xOff + i], sums[ROW_LANES + lane]);
    }
    for (int half = ROW_LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        sums[lane] += sums[lane + half];
        sums[ROW_LANES + lane] += sums[ROW_LANES + lane + half];
      }
    }
  }

  @Override
  public void normalizeRow(
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
      int yOff) {
    for (int i = 0; i < n; i++) {
      float h = Fma.fma(gain, x[xOff + i] - center, offset);
      float v = Fma.fma(weight[weightOff + i], h, bias[biasOff + i]);
      y[yOff + i] = rectified ? Math.max(v, 0f) : v;
    }
  }

  @Override
  public void rowGradient(
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
      int dxOff) {
    for (int i = 0; i < n; i++) {
      float g = weight[weightOff + i] * dy[dyOff + i];
      float v = Fma.fma(gain, x[xOff + i] - center, offset);
      dx[dxOff + i] = Fma.fma(slope, g, v);
    }
  }
}
