package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code Kernels.gemm} at the right edge: like {@link WideTiles}, but one
 * vector wide, of which {@code n <= V} lanes count. Lanes beyond n are read but never written; the
 * caller sees that they exist, since a masked access beyond the end of an array boxes its vectors.
 *
 * <p>Tiles stop at 8 rows: {@link Edge} says why.
 */
final class NarrowTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private NarrowTiles() {}

  static void tile8(
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
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + 4 * rsA]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + 5 * rsA]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + 6 * rsA]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + 7 * rsA]).fma(bv, c7);
    }
    Edge.store(c0, c, cOff, n);
    Edge.store(c1, c, cOff + ldc, n);
    Edge.store(c2, c, cOff + 2 * ldc, n);
    Edge.store(c3, c, cOff + 3 * ldc, n);
    Edge.store(c4, c, cOff + 4 * ldc, n);
    Edge.store(c5, c, cOff + 5 * ldc, n);
    Edge.store(c6, c, cOff + 6 * ldc, n);
    Edge.store(c7, c, cOff + 7 * ldc, n);
  }

  static void tile4(
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
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
    }
    Edge.store(c0, c, cOff, n);
    Edge.store(c1, c, cOff + ldc, n);
    Edge.store(c2, c, cOff + 2 * ldc, n);
    Edge.store(c3, c, cOff + 3 * ldc, n);
  }

  static void tile2(
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
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
    }
    Edge.store(c0, c, cOff, n);
    Edge.store(c1, c, cOff + ldc, n);
  }

  static void tile1(
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
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
    }
    Edge.store(c0, c, cOff, n);
  }
}
