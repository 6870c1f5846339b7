package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code Kernels.gemm} at the right edge: like {@link WideTiles}, but one
 * vector wide, of which {@code n <= V} lanes count. The others are neither read nor written.
 */
final class NarrowTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private NarrowTiles() {}

  static void tile14(
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
    VectorMask<Float> in = S.indexInRange(0, n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff, in);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd, in);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd, in);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd, in);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + 4 * ldd, in);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + 5 * ldd, in);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + 6 * ldd, in);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + 7 * ldd, in);
    FloatVector c8 = FloatVector.fromArray(S, d, dOff + 8 * ldd, in);
    FloatVector c9 = FloatVector.fromArray(S, d, dOff + 9 * ldd, in);
    FloatVector c10 = FloatVector.fromArray(S, d, dOff + 10 * ldd, in);
    FloatVector c11 = FloatVector.fromArray(S, d, dOff + 11 * ldd, in);
    FloatVector c12 = FloatVector.fromArray(S, d, dOff + 12 * ldd, in);
    FloatVector c13 = FloatVector.fromArray(S, d, dOff + 13 * ldd, in);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi, in);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + 4 * rsA]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + 5 * rsA]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + 6 * rsA]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + 7 * rsA]).fma(bv, c7);
      c8 = FloatVector.broadcast(S, a[ai + 8 * rsA]).fma(bv, c8);
      c9 = FloatVector.broadcast(S, a[ai + 9 * rsA]).fma(bv, c9);
      c10 = FloatVector.broadcast(S, a[ai + 10 * rsA]).fma(bv, c10);
      c11 = FloatVector.broadcast(S, a[ai + 11 * rsA]).fma(bv, c11);
      c12 = FloatVector.broadcast(S, a[ai + 12 * rsA]).fma(bv, c12);
      c13 = FloatVector.broadcast(S, a[ai + 13 * rsA]).fma(bv, c13);
    }
    c0.intoArray(c, cOff, in);
    c1.intoArray(c, cOff + ldc, in);
    c2.intoArray(c, cOff + 2 * ldc, in);
    c3.intoArray(c, cOff + 3 * ldc, in);
    c4.intoArray(c, cOff + 4 * ldc, in);
    c5.intoArray(c, cOff + 5 * ldc, in);
    c6.intoArray(c, cOff + 6 * ldc, in);
    c7.intoArray(c, cOff + 7 * ldc, in);
    c8.intoArray(c, cOff + 8 * ldc, in);
    c9.intoArray(c, cOff + 9 * ldc, in);
    c10.intoArray(c, cOff + 10 * ldc, in);
    c11.intoArray(c, cOff + 11 * ldc, in);
    c12.intoArray(c, cOff + 12 * ldc, in);
    c13.intoArray(c, cOff + 13 * ldc, in);
  }

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
    VectorMask<Float> in = S.indexInRange(0, n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff, in);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd, in);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd, in);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd, in);
    FloatVector c4 = FloatVector.fromArray(S, d, dOff + 4 * ldd, in);
    FloatVector c5 = FloatVector.fromArray(S, d, dOff + 5 * ldd, in);
    FloatVector c6 = FloatVector.fromArray(S, d, dOff + 6 * ldd, in);
    FloatVector c7 = FloatVector.fromArray(S, d, dOff + 7 * ldd, in);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi, in);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + 4 * rsA]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + 5 * rsA]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + 6 * rsA]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + 7 * rsA]).fma(bv, c7);
    }
    c0.intoArray(c, cOff, in);
    c1.intoArray(c, cOff + ldc, in);
    c2.intoArray(c, cOff + 2 * ldc, in);
    c3.intoArray(c, cOff + 3 * ldc, in);
    c4.intoArray(c, cOff + 4 * ldc, in);
    c5.intoArray(c, cOff + 5 * ldc, in);
    c6.intoArray(c, cOff + 6 * ldc, in);
    c7.intoArray(c, cOff + 7 * ldc, in);
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
    VectorMask<Float> in = S.indexInRange(0, n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff, in);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd, in);
    FloatVector c2 = FloatVector.fromArray(S, d, dOff + 2 * ldd, in);
    FloatVector c3 = FloatVector.fromArray(S, d, dOff + 3 * ldd, in);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi, in);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
    }
    c0.intoArray(c, cOff, in);
    c1.intoArray(c, cOff + ldc, in);
    c2.intoArray(c, cOff + 2 * ldc, in);
    c3.intoArray(c, cOff + 3 * ldc, in);
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
    VectorMask<Float> in = S.indexInRange(0, n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff, in);
    FloatVector c1 = FloatVector.fromArray(S, d, dOff + ldd, in);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi, in);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
    }
    c0.intoArray(c, cOff, in);
    c1.intoArray(c, cOff + ldc, in);
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
    VectorMask<Float> in = S.indexInRange(0, n);
    FloatVector c0 = FloatVector.fromArray(S, d, dOff, in);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi, in);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
    }
    c0.intoArray(c, cOff, in);
  }
}
