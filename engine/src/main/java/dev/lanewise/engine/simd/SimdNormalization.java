// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.NormalizationKernels;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What normalisations do with channels and rows. See {@link NormalizationKernels} for contracts.
 */
final class SimdNormalization implements NormalizationKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
  private static final int W = D.length();

  /** As many floats as there are doubles in a vector; they are converted at once. */
  private static final VectorSpecies<Float> H =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Math.max(64, D.vectorBitSize() / 2)));

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
    for (int i = 0, t = first, row; i < n; i += row, t = 0) {
      row = Math.min(n - i, width - t);
      if (rectified) {
        scaleAndRectify(row, center, gain, offset, t, x, xOff + i, y, yOff + i);
      } else {
        scaleOnly(row, center, gain, offset, t, x, xOff + i, y, yOff + i);
      }
    }
  }

  private static void scaleOnly(
      int n,
      float[] center,
      float[] gain,
      float[] offset,
      int first,
      float[] x,
      int xOff,
      float[] y,
      int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      scaled(center, gain, offset, first + i, x, xOff + i).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      int t = first + i;
      y[yOff + i] = Math.fma(gain[t], x[xOff + i] - center[t], offset[t]);
    }
  }

  private static void scaleAndRectify(
      int n,
      float[] center,
      float[] gain,
      float[] offset,
      int first,
      float[] x,
      int xOff,
      float[] y,
      int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      scaled(center, gain, offset, first + i, x, xOff + i).max(0f).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      int t = first + i;
      y[yOff + i] = Math.max(Math.fma(gain[t], x[xOff + i] - center[t], offset[t]), 0f);
    }
  }

  private static FloatVector scaled(
      float[] center, float[] gain, float[] offset, int t, float[] x, int at) {
    FloatVector g = FloatVector.fromArray(S, gain, t);
    FloatVector o = FloatVector.fromArray(S, offset, t);
    FloatVector c = FloatVector.fromArray(S, center, t);
    return FloatVector.fromArray(S, x, at).sub(c).fma(g, o);
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
    for (int i = 0, t = first, row; i < n; i += row, t = 0) {
      row = Math.min(n - i, width - t);
      gradientOfRow(row, slope, center, gain, offset, t, x, xOff + i, dy, dyOff + i, dx, dxOff + i);
    }
  }

  private static void gradientOfRow(
      int n,
      float[] slope,
      float[] center,
      float[] gain,
      float[] offset,
      int first,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dx,
      int dxOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector v = scaled(center, gain, offset, first + i, x, xOff + i);
      FloatVector d = FloatVector.fromArray(S, dy, dyOff + i);
      FloatVector.fromArray(S, slope, first + i).fma(d, v).intoArray(dx, dxOff + i);
    }
    for (; i < n; i++) {
      int t = first + i;
      float v = Math.fma(gain[t], x[xOff + i] - center[t], offset[t]);
      dx[dxOff + i] = Math.fma(slope[t], dy[dyOff + i], v);
    }
  }

  /** Columns across the lanes, so that each sum runs down its column in order. */
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
    int j = 0;
    for (; j <= n - 4 * W; j += 4 * W) {
      fourVectors(m, ld, x, xOff + j, dy, dyOff + j, sums, sumsOff + j, products, productsOff + j);
    }
    // At most once each: in a loop over columns, should C2 inline them, they would box vectors.
    if (j <= n - 2 * W) {
      twoVectors(m, ld, x, xOff + j, dy, dyOff + j, sums, sumsOff + j, products, productsOff + j);
      j += 2 * W;
    }
    if (j <= n - W) {
      oneVector(m, ld, x, xOff + j, dy, dyOff + j, sums, sumsOff + j, products, productsOff + j);
      j += W;
    }
    for (; j < n; j++) {
      double sum = 0;
      double product = 0;
      for (int i = 0, at = j; i < m; i++, at += ld) {
        double v = dy[dyOff + at];
        sum += v;
        product += v * x[xOff + at]; // exact but for the sum
      }
      sums[sumsOff + j] = sum;
      products[productsOff + j] = product;
    }
  }

  /** So long that C2 does not inline it, which its caller relies on. */
  private static void fourVectors(
      int m,
      int ld,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      double[] sums,
      int sumsOff,
      double[] products,
      int productsOff) {
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = DoubleVector.zero(D);
    DoubleVector s2 = DoubleVector.zero(D);
    DoubleVector s3 = DoubleVector.zero(D);
    DoubleVector p0 = DoubleVector.zero(D);
    DoubleVector p1 = DoubleVector.zero(D);
    DoubleVector p2 = DoubleVector.zero(D);
    DoubleVector p3 = DoubleVector.zero(D);
    for (int i = 0, at = 0; i < m; i++, at += ld) {
      DoubleVector v0 = doubles(dy, dyOff + at);
      DoubleVector v1 = doubles(dy, dyOff + at + W);
      DoubleVector v2 = doubles(dy, dyOff + at + 2 * W);
      DoubleVector v3 = doubles(dy, dyOff + at + 3 * W);
      s0 = s0.add(v0);
      s1 = s1.add(v1);
      s2 = s2.add(v2);
      s3 = s3.add(v3);
      p0 = v0.fma(doubles(x, xOff + at), p0);
      p1 = v1.fma(doubles(x, xOff + at + W), p1);
      p2 = v2.fma(doubles(x, xOff + at + 2 * W), p2);
      p3 = v3.fma(doubles(x, xOff + at + 3 * W), p3);
    }
    s0.intoArray(sums, sumsOff);
    s1.intoArray(sums, sumsOff + W);
    s2.intoArray(sums, sumsOff + 2 * W);
    s3.intoArray(sums, sumsOff + 3 * W);
    p0.intoArray(products, productsOff);
    p1.intoArray(products, productsOff + W);
    p2.intoArray(products, productsOff + 2 * W);
    p3.intoArray(products, productsOff + 3 * W);
  }

  private static void twoVectors(
      int m,
      int ld,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      double[] sums,
      int sumsOff,
      double[] products,
      int productsOff) {
    DoubleVector left = DoubleVector.zero(D);
    DoubleVector right = DoubleVector.zero(D);
    DoubleVector leftProduct = DoubleVector.zero(D);
    DoubleVector rightProduct = DoubleVector.zero(D);
    for (int i = 0, at = 0; i < m; i++, at += ld) {
      DoubleVector v = doubles(dy, dyOff + at);
      DoubleVector w = doubles(dy, dyOff + at + W);
      left = left.add(v);
      right = right.add(w);
      leftProduct = v.fma(doubles(x, xOff + at), leftProduct);
      rightProduct = w.fma(doubles(x, xOff + at + W), rightProduct);
    }
    left.intoArray(sums, sumsOff);
    right.intoArray(sums, sumsOff + W);
    leftProduct.intoArray(products, productsOff);
    rightProduct.intoArray(products, productsOff + W);
  }

  private static void oneVector(
      int m,
      int ld,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      double[] sums,
      int sumsOff,
      double[] products,
      int productsOff) {
    DoubleVector sum = DoubleVector.zero(D);
    DoubleVector product = DoubleVector.zero(D);
    for (int i = 0, at = 0; i < m; i++, at += ld) {
      DoubleVector v = doubles(dy, dyOff + at);
      sum = sum.add(v);
      product = v.fma(doubles(x, xOff + at), product);
    }
    sum.intoArray(sums, sumsOff);
    product.intoArray(products, productsOff);
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
    int i = n - n % ROW_LANES;
    if (W == ROW_LANES) {
      oneVectorOfRow(i, x, xOff, weight, weightOff, dy, dyOff, sums);
    } else if (2 * W == ROW_LANES) {
      twoVectorsOfRow(i, x, xOff, weight, weightOff, dy, dyOff, sums);
    } else {
      Arrays.fill(sums, 0);
      i = 0;
    }
    for (; i < n; i++) {
      double g = (double) weight[weightOff + i] * dy[dyOff + i];
      int lane = i % ROW_LANES;
      sums[lane] += g;
      sums[ROW_LANES + lane] = Math.fma(g, x[xOff + i], sums[ROW_LANES + lane]);
    }
    for (int half = ROW_LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        sums[lane] += sums[lane + half];
        sums[ROW_LANES + lane] += sums[ROW_LANES + lane + half];
      }
    }
  }

  private static void oneVectorOfRow(
      int n,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] dy,
      int dyOff,
      double[] sums) {
    DoubleVector sum = DoubleVector.zero(D);
    DoubleVector product = DoubleVector.zero(D);
    for (int i = 0; i < n; i += W) {
      DoubleVector g = weighted(weight, weightOff + i, dy, dyOff + i);
      sum = sum.add(g);
      product = g.fma(doubles(x, xOff + i), product);
    }
    sum.intoArray(sums, 0);
    product.intoArray(sums, ROW_LANES);
  }

  private static void twoVectorsOfRow(
      int n,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] dy,
      int dyOff,
      double[] sums) {
    DoubleVector left = DoubleVector.zero(D);
    DoubleVector right = DoubleVector.zero(D);
    DoubleVector leftProduct = DoubleVector.zero(D);
    DoubleVector rightProduct = DoubleVector.zero(D);
    for (int i = 0; i < n; i += 2 * W) {
      DoubleVector g = weighted(weight, weightOff + i, dy, dyOff + i);
      DoubleVector h = weighted(weight, weightOff + i + W, dy, dyOff + i + W);
      left = left.add(g);
      right = right.add(h);
      leftProduct = g.fma(doubles(x, xOff + i), leftProduct);
      rightProduct = h.fma(doubles(x, xOff + i + W), rightProduct);
    }
    left.intoArray(sums, 0);
    right.intoArray(sums, W);
    leftProduct.intoArray(sums, ROW_LANES);
    rightProduct.intoArray(sums, ROW_LANES + W);
  }

  private static DoubleVector weighted(float[] weight, int weightAt, float[] dy, int dyAt) {
    return doubles(weight, weightAt).mul(doubles(dy, dyAt));
  }

  private static DoubleVector doubles(float[] values, int at) {
    return (DoubleVector)
        FloatVector.fromArray(H, values, at).convertShape(VectorOperators.F2D, D, 0);
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
    FloatVector g = FloatVector.broadcast(S, gain);
    FloatVector o = FloatVector.broadcast(S, offset);
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector h = FloatVector.fromArray(S, x, xOff + i).sub(center).fma(g, o);
      FloatVector b = FloatVector.fromArray(S, bias, biasOff + i);
      FloatVector.fromArray(S, weight, weightOff + i).fma(h, b).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      float h = Math.fma(gain, x[xOff + i] - center, offset);
      y[yOff + i] = Math.fma(weight[weightOff + i], h, bias[biasOff + i]);
    }
    if (rectified) {
      rectify(n, y, yOff);
    }
  }

  private static void rectify(int n, float[] y, int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector.fromArray(S, y, yOff + i).max(0f).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Math.max(y[yOff + i], 0f);
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
    FloatVector factor = FloatVector.broadcast(S, gain);
    FloatVector o = FloatVector.broadcast(S, offset);
    FloatVector s = FloatVector.broadcast(S, slope);
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector v = FloatVector.fromArray(S, x, xOff + i).sub(center).fma(factor, o);
      FloatVector d = FloatVector.fromArray(S, dy, dyOff + i);
      FloatVector g = FloatVector.fromArray(S, weight, weightOff + i).mul(d);
      s.fma(g, v).intoArray(dx, dxOff + i);
    }
    for (; i < n; i++) {
      float g = weight[weightOff + i] * dy[dyOff + i];
      float v = Math.fma(gain, x[xOff + i] - center, offset);
      dx[dxOff + i] = Math.fma(slope, g, v);
    }
  }
}
