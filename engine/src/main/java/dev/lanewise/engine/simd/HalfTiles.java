package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code Kernels.gemm} for a block column of half a vector, such as the 8
 * filters of a small first layer: like {@link WideTiles}, but one vector of half the lanes wide.
 * Nothing is masked and no lane idles.
 *
 * <p>14 rows are half of a row of 28 pixels. 10 rows are the weight gradient of a 3x3 kernel over
 * one channel: nine taps and the bias. With fewer the last stands in for the missing ones, as in
 * {@link WideTiles}.
 */
final class HalfTiles {
  private static final VectorSpecies<Float> H = HalfVector.SPECIES;

  private HalfTiles() {}

  /** {@code rsA} is 1: C2 then checks the range of a whole column of A at once. */
  static void tile14Adjacent(
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
    FloatVector c0 = FloatVector.fromArray(H, d, dOff);
    FloatVector c1 = FloatVector.fromArray(H, d, dOff + ldd);
    FloatVector c2 = FloatVector.fromArray(H, d, dOff + 2 * ldd);
    FloatVector c3 = FloatVector.fromArray(H, d, dOff + 3 * ldd);
    FloatVector c4 = FloatVector.fromArray(H, d, dOff + 4 * ldd);
    FloatVector c5 = FloatVector.fromArray(H, d, dOff + 5 * ldd);
    FloatVector c6 = FloatVector.fromArray(H, d, dOff + 6 * ldd);
    FloatVector c7 = FloatVector.fromArray(H, d, dOff + 7 * ldd);
    FloatVector c8 = FloatVector.fromArray(H, d, dOff + 8 * ldd);
    FloatVector c9 = FloatVector.fromArray(H, d, dOff + 9 * ldd);
    FloatVector c10 = FloatVector.fromArray(H, d, dOff + 10 * ldd);
    FloatVector c11 = FloatVector.fromArray(H, d, dOff + 11 * ldd);
    FloatVector c12 = FloatVector.fromArray(H, d, dOff + 12 * ldd);
    FloatVector c13 = FloatVector.fromArray(H, d, dOff + 13 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(H, b, bi);
      c0 = FloatVector.broadcast(H, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(H, a[ai + 1]).fma(bv, c1);
      c2 = FloatVector.broadcast(H, a[ai + 2]).fma(bv, c2);
      c3 = FloatVector.broadcast(H, a[ai + 3]).fma(bv, c3);
      c4 = FloatVector.broadcast(H, a[ai + 4]).fma(bv, c4);
      c5 = FloatVector.broadcast(H, a[ai + 5]).fma(bv, c5);
      c6 = FloatVector.broadcast(H, a[ai + 6]).fma(bv, c6);
      c7 = FloatVector.broadcast(H, a[ai + 7]).fma(bv, c7);
      c8 = FloatVector.broadcast(H, a[ai + 8]).fma(bv, c8);
      c9 = FloatVector.broadcast(H, a[ai + 9]).fma(bv, c9);
      c10 = FloatVector.broadcast(H, a[ai + 10]).fma(bv, c10);
      c11 = FloatVector.broadcast(H, a[ai + 11]).fma(bv, c11);
      c12 = FloatVector.broadcast(H, a[ai + 12]).fma(bv, c12);
      c13 = FloatVector.broadcast(H, a[ai + 13]).fma(bv, c13);
    }
    c0.intoArray(c, cOff);
    c1.intoArray(c, cOff + ldc);
    c2.intoArray(c, cOff + 2 * ldc);
    c3.intoArray(c, cOff + 3 * ldc);
    c4.intoArray(c, cOff + 4 * ldc);
    c5.intoArray(c, cOff + 5 * ldc);
    c6.intoArray(c, cOff + 6 * ldc);
    c7.intoArray(c, cOff + 7 * ldc);
    c8.intoArray(c, cOff + 8 * ldc);
    c9.intoArray(c, cOff + 9 * ldc);
    c10.intoArray(c, cOff + 10 * ldc);
    c11.intoArray(c, cOff + 11 * ldc);
    c12.intoArray(c, cOff + 12 * ldc);
    c13.intoArray(c, cOff + 13 * ldc);
  }

  /** One to ten rows. */
  static void tile10(
      int rows,
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
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = Math.min(7, rows - 1);
    int i8 = Math.min(8, rows - 1);
    int i9 = rows - 1;
    FloatVector c0 = FloatVector.fromArray(H, d, dOff);
    FloatVector c1 = FloatVector.fromArray(H, d, dOff + i1 * ldd);
    FloatVector c2 = FloatVector.fromArray(H, d, dOff + i2 * ldd);
    FloatVector c3 = FloatVector.fromArray(H, d, dOff + i3 * ldd);
    FloatVector c4 = FloatVector.fromArray(H, d, dOff + i4 * ldd);
    FloatVector c5 = FloatVector.fromArray(H, d, dOff + i5 * ldd);
    FloatVector c6 = FloatVector.fromArray(H, d, dOff + i6 * ldd);
    FloatVector c7 = FloatVector.fromArray(H, d, dOff + i7 * ldd);
    FloatVector c8 = FloatVector.fromArray(H, d, dOff + i8 * ldd);
    FloatVector c9 = FloatVector.fromArray(H, d, dOff + i9 * ldd);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(H, b, bi);
      c0 = FloatVector.broadcast(H, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(H, a[ai + i1 * rsA]).fma(bv, c1);
      c2 = FloatVector.broadcast(H, a[ai + i2 * rsA]).fma(bv, c2);
      c3 = FloatVector.broadcast(H, a[ai + i3 * rsA]).fma(bv, c3);
      c4 = FloatVector.broadcast(H, a[ai + i4 * rsA]).fma(bv, c4);
      c5 = FloatVector.broadcast(H, a[ai + i5 * rsA]).fma(bv, c5);
      c6 = FloatVector.broadcast(H, a[ai + i6 * rsA]).fma(bv, c6);
      c7 = FloatVector.broadcast(H, a[ai + i7 * rsA]).fma(bv, c7);
      c8 = FloatVector.broadcast(H, a[ai + i8 * rsA]).fma(bv, c8);
      c9 = FloatVector.broadcast(H, a[ai + i9 * rsA]).fma(bv, c9);
    }
    c0.intoArray(c, cOff);
    c1.intoArray(c, cOff + i1 * ldc);
    c2.intoArray(c, cOff + i2 * ldc);
    c3.intoArray(c, cOff + i3 * ldc);
    c4.intoArray(c, cOff + i4 * ldc);
    c5.intoArray(c, cOff + i5 * ldc);
    c6.intoArray(c, cOff + i6 * ldc);
    c7.intoArray(c, cOff + i7 * ldc);
    c8.intoArray(c, cOff + i8 * ldc);
    c9.intoArray(c, cOff + i9 * ldc);
  }

  /**
   * One to ten rows; {@code csA} is 1, and the loop counts the index of A, so that C2 checks its
   * range at once.
   */
  static void tile10RowMajor(
      int rows,
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
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = Math.min(7, rows - 1);
    int i8 = Math.min(8, rows - 1);
    int i9 = rows - 1;
    int a1 = i1 * rsA;
    int a2 = i2 * rsA;
    int a3 = i3 * rsA;
    int a4 = i4 * rsA;
    int a5 = i5 * rsA;
    int a6 = i6 * rsA;
    int a7 = i7 * rsA;
    int a8 = i8 * rsA;
    int a9 = i9 * rsA;
    int end = aOff + k;
    FloatVector c0 = FloatVector.fromArray(H, d, dOff);
    FloatVector c1 = FloatVector.fromArray(H, d, dOff + i1 * ldd);
    FloatVector c2 = FloatVector.fromArray(H, d, dOff + i2 * ldd);
    FloatVector c3 = FloatVector.fromArray(H, d, dOff + i3 * ldd);
    FloatVector c4 = FloatVector.fromArray(H, d, dOff + i4 * ldd);
    FloatVector c5 = FloatVector.fromArray(H, d, dOff + i5 * ldd);
    FloatVector c6 = FloatVector.fromArray(H, d, dOff + i6 * ldd);
    FloatVector c7 = FloatVector.fromArray(H, d, dOff + i7 * ldd);
    FloatVector c8 = FloatVector.fromArray(H, d, dOff + i8 * ldd);
    FloatVector c9 = FloatVector.fromArray(H, d, dOff + i9 * ldd);
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bv = FloatVector.fromArray(H, b, bi);
      c0 = FloatVector.broadcast(H, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(H, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(H, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(H, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(H, a[ai + a4]).fma(bv, c4);
      c5 = FloatVector.broadcast(H, a[ai + a5]).fma(bv, c5);
      c6 = FloatVector.broadcast(H, a[ai + a6]).fma(bv, c6);
      c7 = FloatVector.broadcast(H, a[ai + a7]).fma(bv, c7);
      c8 = FloatVector.broadcast(H, a[ai + a8]).fma(bv, c8);
      c9 = FloatVector.broadcast(H, a[ai + a9]).fma(bv, c9);
    }
    c0.intoArray(c, cOff);
    c1.intoArray(c, cOff + i1 * ldc);
    c2.intoArray(c, cOff + i2 * ldc);
    c3.intoArray(c, cOff + i3 * ldc);
    c4.intoArray(c, cOff + i4 * ldc);
    c5.intoArray(c, cOff + i5 * ldc);
    c6.intoArray(c, cOff + i6 * ldc);
    c7.intoArray(c, cOff + i7 * ldc);
    c8.intoArray(c, cOff + i8 * ldc);
    c9.intoArray(c, cOff + i9 * ldc);
  }
}
