// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code MatrixKernels.gemm} at the right edge: like {@link WideTiles}, but one
 * vector wide, of which {@code n <= V} lanes count. Lanes beyond n are read but never written; the
 * caller sees that they exist, since a masked access beyond the end of an array boxes its vectors.
 *
 * <p>Tiles stop at 8 rows: {@link Edge} says why. With fewer the last stands in for the missing
 * ones, as in {@link WideTiles}.
 */
final class NarrowTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private NarrowTiles() {}

  /** One to eight rows of a row-major A: {@code csA} is 1. */
  static void tile8RowMajor(
      int rows,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    VectorMask<Float> in = Edge.mask(n);
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = rows - 1;
    int a1 = i1 * rsA;
    int a2 = i2 * rsA;
    int a3 = i3 * rsA;
    int a4 = i4 * rsA;
    int a5 = i5 * rsA;
    int a6 = i6 * rsA;
    int a7 = i7 * rsA;
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + i1 * ldd);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + i2 * ldd);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + i3 * ldd);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + i4 * ldd);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + i5 * ldd);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + i6 * ldd);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + i7 * ldd);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + a4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + a5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + a6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + a7]).fma(bv, c7);
    }
    Edge.store(c0, c, cOff, n, in);
    Edge.store(c1, c, cOff + i1 * ldc, n, in);
    Edge.store(c2, c, cOff + i2 * ldc, n, in);
    Edge.store(c3, c, cOff + i3 * ldc, n, in);
    Edge.store(c4, c, cOff + i4 * ldc, n, in);
    Edge.store(c5, c, cOff + i5 * ldc, n, in);
    Edge.store(c6, c, cOff + i6 * ldc, n, in);
    Edge.store(c7, c, cOff + i7 * ldc, n, in);
  }

  /** Eight rows of a transposed A: {@code rsA} is 1. */
  static void tile8Transposed(
      int n,
      int k,
      float[] a,
      int aOff,
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
    VectorMask<Float> in = Edge.mask(n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + 1 * ldd);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + 1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + 4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + 5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + 6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + 7]).fma(bv, c7);
    }
    Edge.store(c0, c, cOff, n, in);
    Edge.store(c1, c, cOff + 1 * ldc, n, in);
    Edge.store(c2, c, cOff + 2 * ldc, n, in);
    Edge.store(c3, c, cOff + 3 * ldc, n, in);
    Edge.store(c4, c, cOff + 4 * ldc, n, in);
    Edge.store(c5, c, cOff + 5 * ldc, n, in);
    Edge.store(c6, c, cOff + 6 * ldc, n, in);
    Edge.store(c7, c, cOff + 7 * ldc, n, in);
  }

  /** One to eight rows of an A of any strides. */
  static void tile8(
      int rows,
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
    VectorMask<Float> in = Edge.mask(n);
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = rows - 1;
    int a1 = i1 * rsA;
    int a2 = i2 * rsA;
    int a3 = i3 * rsA;
    int a4 = i4 * rsA;
    int a5 = i5 * rsA;
    int a6 = i6 * rsA;
    int a7 = i7 * rsA;
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + i1 * ldd);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + i2 * ldd);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + i3 * ldd);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + i4 * ldd);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + i5 * ldd);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + i6 * ldd);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + i7 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + a4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + a5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + a6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + a7]).fma(bv, c7);
    }
    Edge.store(c0, c, cOff, n, in);
    Edge.store(c1, c, cOff + i1 * ldc, n, in);
    Edge.store(c2, c, cOff + i2 * ldc, n, in);
    Edge.store(c3, c, cOff + i3 * ldc, n, in);
    Edge.store(c4, c, cOff + i4 * ldc, n, in);
    Edge.store(c5, c, cOff + i5 * ldc, n, in);
    Edge.store(c6, c, cOff + i6 * ldc, n, in);
    Edge.store(c7, c, cOff + i7 * ldc, n, in);
  }
}
