package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code Kernels.gemm} at the right edge: like {@link WideTiles}, but one
 * vector wide, of which {@code n <= V} lanes count. Lanes beyond n are never written, but where the
 * array has room they are read; of B, which is read in the loop, the caller sees that all V
 * elements exist.
 *
 * <p>Masked loads and stores are methods of their own, too long for C1 to inline: inlined, they
 * exhaust its virtual registers, and a method that C1 has given up at tier 3 never reaches C2. For
 * the same reason tiles stop at 8 rows.
 */
final class NarrowTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private static final int V = S.length();

  private NarrowTiles() {}

  private static FloatVector load(float[] d, int at, int n) {
    if (at + V <= d.length) {
      return FloatVector.fromArray(S, d, at);
    }
    VectorMask<Float> in = S.indexInRange(0, n);
    return FloatVector.fromArray(S, d, at, in);
  }

  private static void store(FloatVector v, float[] c, int at, int n) {
    if (n == V) {
      v.intoArray(c, at);
    } else {
      VectorMask<Float> in = S.indexInRange(0, n);
      v.intoArray(c, at, in);
    }
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
    FloatVector c0 = load(d, dOff, n);
    FloatVector c1 = load(d, dOff + ldd, n);
    FloatVector c2 = load(d, dOff + 2 * ldd, n);
    FloatVector c3 = load(d, dOff + 3 * ldd, n);
    FloatVector c4 = load(d, dOff + 4 * ldd, n);
    FloatVector c5 = load(d, dOff + 5 * ldd, n);
    FloatVector c6 = load(d, dOff + 6 * ldd, n);
    FloatVector c7 = load(d, dOff + 7 * ldd, n);
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
    store(c0, c, cOff, n);
    store(c1, c, cOff + ldc, n);
    store(c2, c, cOff + 2 * ldc, n);
    store(c3, c, cOff + 3 * ldc, n);
    store(c4, c, cOff + 4 * ldc, n);
    store(c5, c, cOff + 5 * ldc, n);
    store(c6, c, cOff + 6 * ldc, n);
    store(c7, c, cOff + 7 * ldc, n);
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
    FloatVector c0 = load(d, dOff, n);
    FloatVector c1 = load(d, dOff + ldd, n);
    FloatVector c2 = load(d, dOff + 2 * ldd, n);
    FloatVector c3 = load(d, dOff + 3 * ldd, n);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3 * rsA]).fma(bv, c3);
    }
    store(c0, c, cOff, n);
    store(c1, c, cOff + ldc, n);
    store(c2, c, cOff + 2 * ldc, n);
    store(c3, c, cOff + 3 * ldc, n);
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
    FloatVector c0 = load(d, dOff, n);
    FloatVector c1 = load(d, dOff + ldd, n);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + rsA]).fma(bv, c1);
    }
    store(c0, c, cOff, n);
    store(c1, c, cOff + ldc, n);
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
    FloatVector c0 = load(d, dOff, n);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
    }
    store(c0, c, cOff, n);
  }
}
