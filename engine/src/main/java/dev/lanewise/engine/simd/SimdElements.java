// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.Exp;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Kernels that look at one element, or one column, at a time. See {@link ElementKernels} for
 * contracts.
 */
final class SimdElements implements ElementKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  @Override
  public void relu(int n, float[] x, int xOff, float[] y, int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector.fromArray(S, x, xOff + i).max(0f).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Math.max(x[xOff + i], 0f);
    }
  }

  @Override
  public void zeroWhereNotPositive(
      int n, float[] gate, int gateOff, float[] x, int xOff, float[] y, int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector g = FloatVector.fromArray(S, gate, gateOff + i);
      FloatVector v = FloatVector.fromArray(S, x, xOff + i);
      v.blend(0f, g.compare(VectorOperators.LE, 0f)).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = gate[gateOff + i] <= 0f ? 0f : x[xOff + i];
    }
  }

  @Override
  public void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff) {
    FloatVector av = FloatVector.broadcast(S, a);
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector xv = FloatVector.fromArray(S, x, xOff + i);
      FloatVector yv = FloatVector.fromArray(S, y, yOff + i);
      av.fma(xv, yv).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Math.fma(a, x[xOff + i], y[yOff + i]);
    }
  }

  @Override
  public void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      exp(FloatVector.fromArray(S, x, xOff + i).sub(shift)).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Exp.exp(x[xOff + i] - shift);
    }
  }

  @Override
  public void silu(int n, float[] x, int xOff, float[] y, int yOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector v = FloatVector.fromArray(S, x, xOff + i);
      FloatVector divisor = exp(v.neg()).add(1f);
      // Not minus infinity, which divided by infinity is NaN.
      v = v.blend(-Float.MAX_VALUE, v.compare(VectorOperators.LT, -Float.MAX_VALUE));
      v.div(divisor).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      float v = x[xOff + i];
      y[yOff + i] = Math.max(v, -Float.MAX_VALUE) / (1 + Exp.exp(-v));
    }
  }

  /** {@link Exp#exp}, operation for operation. */
  private static FloatVector exp(FloatVector x) {
    // Not min and max, which take some instructions more: here NaN stays where no bound is passed.
    FloatVector z = x.blend(Exp.MAX, x.compare(VectorOperators.GT, Exp.MAX));
    z = z.blend(Exp.MIN, x.compare(VectorOperators.LT, Exp.MIN));
    FloatVector shifted =
        z.fma(FloatVector.broadcast(S, Exp.LOG2_E), FloatVector.broadcast(S, Exp.ROUND));
    FloatVector minusN = shifted.sub(Exp.ROUND).neg();
    FloatVector r = minusN.fma(FloatVector.broadcast(S, Exp.LN2_HIGH), z);
    r = minusN.fma(FloatVector.broadcast(S, Exp.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(S, Exp.C7).fma(r, FloatVector.broadcast(S, Exp.C6));
    p = p.fma(r, FloatVector.broadcast(S, Exp.C5));
    p = p.fma(r, FloatVector.broadcast(S, Exp.C4));
    p = p.fma(r, FloatVector.broadcast(S, Exp.C3));
    p = p.fma(r, FloatVector.broadcast(S, Exp.C2));
    p = p.fma(r, FloatVector.broadcast(S, 1f));
    p = p.fma(r, FloatVector.broadcast(S, 1f));
    IntVector power = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(Exp.ROUND));
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(power.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /** Columns across the lanes, so that each sum runs down its column in order. */
  @Override
  public void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff) {
    int j = 0;
    for (; j <= n - 2 * V; j += 2 * V) {
      addTwoColumns(m, n, x, xOff + j, sums, sumsOff + j);
    }
    for (; j <= n - V; j += V) {
      addColumn(m, n, x, xOff + j, sums, sumsOff + j);
    }
    // No vector: carried through both loops, should C2 inline them, it would be boxed in each row.
    for (; j < n; j++) {
      float sum = sums[sumsOff + j];
      for (int i = 0, at = xOff + j; i < m; i++, at += n) {
        sum += x[at];
      }
      sums[sumsOff + j] = sum;
    }
  }

  private static void addTwoColumns(int m, int ld, float[] x, int xOff, float[] sums, int sumsOff) {
    FloatVector left = FloatVector.fromArray(S, sums, sumsOff);
    FloatVector right = FloatVector.fromArray(S, sums, sumsOff + V);
    for (int i = 0, at = xOff; i < m; i++, at += ld) {
      left = left.add(FloatVector.fromArray(S, x, at));
      right = right.add(FloatVector.fromArray(S, x, at + V));
    }
    FLOAT.cast(left).intoArray(sums, sumsOff);
    FLOAT.cast(right).intoArray(sums, sumsOff + V);
  }

  private static void addColumn(int m, int ld, float[] x, int xOff, float[] sums, int sumsOff) {
    FloatVector sum = FloatVector.fromArray(S, sums, sumsOff);
    for (int i = 0, at = xOff; i < m; i++, at += ld) {
      sum = sum.add(FloatVector.fromArray(S, x, at));
    }
    FLOAT.cast(sum).intoArray(sums, sumsOff);
  }
}
