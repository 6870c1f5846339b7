package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@code Kernels.gemm}, {@code tapProduct} and {@code tapGradient} for a block
 * column of half a vector, such as the 8 filters of a small first layer: like {@link WideTiles},
 * but one vector of half the lanes wide. Nothing is masked and no lane idles.
 *
 * <p>14 rows are half of a row of 28 pixels. 10 rows are the weight gradient of a 3x3 kernel over
 * one channel: nine taps and the bias. With fewer the last stands in for the missing ones, as in
 * {@link WideTiles}.
 */
final class HalfTiles {
  private static final VectorSpecies<Float> H = HalfVector.SPECIES;

  private static final int L = HalfVector.LANES;

  /** Rows of {@link #tapProduct}. */
  static final int PIXELS = 28;

  /** Rows of {@link #tapGradient}, at most. */
  static final int TAPS = 10;

  private HalfTiles() {}

  /**
   * 28 rows of {@code Kernels.tapProduct}. The elements of A that belong to a tap are adjacent, and
   * rows of C are a constant apart, so that C2 checks the range of all of them at once.
   */
  static void tapProduct(
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      float[] c,
      int cOff) {
    FloatVector c0 = FloatVector.fromArray(H, d, dOff);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector c4 = c0;
    FloatVector c5 = c0;
    FloatVector c6 = c0;
    FloatVector c7 = c0;
    FloatVector c8 = c0;
    FloatVector c9 = c0;
    FloatVector c10 = c0;
    FloatVector c11 = c0;
    FloatVector c12 = c0;
    FloatVector c13 = c0;
    FloatVector c14 = c0;
    FloatVector c15 = c0;
    FloatVector c16 = c0;
    FloatVector c17 = c0;
    FloatVector c18 = c0;
    FloatVector c19 = c0;
    FloatVector c20 = c0;
    FloatVector c21 = c0;
    FloatVector c22 = c0;
    FloatVector c23 = c0;
    FloatVector c24 = c0;
    FloatVector c25 = c0;
    FloatVector c26 = c0;
    FloatVector c27 = c0;
    for (int t = 0; t < k; t++) {
      int ai = aOff + taps[t];
      FloatVector bv = FloatVector.fromArray(H, b, bOff + t * L);
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
      c14 = FloatVector.broadcast(H, a[ai + 14]).fma(bv, c14);
      c15 = FloatVector.broadcast(H, a[ai + 15]).fma(bv, c15);
      c16 = FloatVector.broadcast(H, a[ai + 16]).fma(bv, c16);
      c17 = FloatVector.broadcast(H, a[ai + 17]).fma(bv, c17);
      c18 = FloatVector.broadcast(H, a[ai + 18]).fma(bv, c18);
      c19 = FloatVector.broadcast(H, a[ai + 19]).fma(bv, c19);
      c20 = FloatVector.broadcast(H, a[ai + 20]).fma(bv, c20);
      c21 = FloatVector.broadcast(H, a[ai + 21]).fma(bv, c21);
      c22 = FloatVector.broadcast(H, a[ai + 22]).fma(bv, c22);
      c23 = FloatVector.broadcast(H, a[ai + 23]).fma(bv, c23);
      c24 = FloatVector.broadcast(H, a[ai + 24]).fma(bv, c24);
      c25 = FloatVector.broadcast(H, a[ai + 25]).fma(bv, c25);
      c26 = FloatVector.broadcast(H, a[ai + 26]).fma(bv, c26);
      c27 = FloatVector.broadcast(H, a[ai + 27]).fma(bv, c27);
    }
    c0.intoArray(c, cOff);
    c1.intoArray(c, cOff + L);
    c2.intoArray(c, cOff + 2 * L);
    c3.intoArray(c, cOff + 3 * L);
    c4.intoArray(c, cOff + 4 * L);
    c5.intoArray(c, cOff + 5 * L);
    c6.intoArray(c, cOff + 6 * L);
    c7.intoArray(c, cOff + 7 * L);
    c8.intoArray(c, cOff + 8 * L);
    c9.intoArray(c, cOff + 9 * L);
    c10.intoArray(c, cOff + 10 * L);
    c11.intoArray(c, cOff + 11 * L);
    c12.intoArray(c, cOff + 12 * L);
    c13.intoArray(c, cOff + 13 * L);
    c14.intoArray(c, cOff + 14 * L);
    c15.intoArray(c, cOff + 15 * L);
    c16.intoArray(c, cOff + 16 * L);
    c17.intoArray(c, cOff + 17 * L);
    c18.intoArray(c, cOff + 18 * L);
    c19.intoArray(c, cOff + 19 * L);
    c20.intoArray(c, cOff + 20 * L);
    c21.intoArray(c, cOff + 21 * L);
    c22.intoArray(c, cOff + 22 * L);
    c23.intoArray(c, cOff + 23 * L);
    c24.intoArray(c, cOff + 24 * L);
    c25.intoArray(c, cOff + 25 * L);
    c26.intoArray(c, cOff + 26 * L);
    c27.intoArray(c, cOff + 27 * L);
  }

  /**
   * One to ten rows of {@code Kernels.tapGradient}: rows t of C, from {@code first} on. The loop
   * counts the index of A, as in {@link #tile10RowMajor}.
   */
  static void tapGradient(
      int rows,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = Math.min(7, rows - 1);
    int i8 = Math.min(8, rows - 1);
    int i9 = rows - 1;
    int a0 = aOff + taps[first];
    int a1 = taps[first + i1] - taps[first];
    int a2 = taps[first + i2] - taps[first];
    int a3 = taps[first + i3] - taps[first];
    int a4 = taps[first + i4] - taps[first];
    int a5 = taps[first + i5] - taps[first];
    int a6 = taps[first + i6] - taps[first];
    int a7 = taps[first + i7] - taps[first];
    int a8 = taps[first + i8] - taps[first];
    int a9 = taps[first + i9] - taps[first];
    int end = a0 + k;
    FloatVector c0 = FloatVector.fromArray(H, c, cOff);
    FloatVector c1 = FloatVector.fromArray(H, c, cOff + i1 * L);
    FloatVector c2 = FloatVector.fromArray(H, c, cOff + i2 * L);
    FloatVector c3 = FloatVector.fromArray(H, c, cOff + i3 * L);
    FloatVector c4 = FloatVector.fromArray(H, c, cOff + i4 * L);
    FloatVector c5 = FloatVector.fromArray(H, c, cOff + i5 * L);
    FloatVector c6 = FloatVector.fromArray(H, c, cOff + i6 * L);
    FloatVector c7 = FloatVector.fromArray(H, c, cOff + i7 * L);
    FloatVector c8 = FloatVector.fromArray(H, c, cOff + i8 * L);
    FloatVector c9 = FloatVector.fromArray(H, c, cOff + i9 * L);
    for (int ai = a0; ai < end; ai++) {
      FloatVector bv = FloatVector.fromArray(H, b, bOff + (ai - a0) * L);
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
    c1.intoArray(c, cOff + i1 * L);
    c2.intoArray(c, cOff + i2 * L);
    c3.intoArray(c, cOff + i3 * L);
    c4.intoArray(c, cOff + i4 * L);
    c5.intoArray(c, cOff + i5 * L);
    c6.intoArray(c, cOff + i6 * L);
    c7.intoArray(c, cOff + i7 * L);
    c8.intoArray(c, cOff + i8 * L);
    c9.intoArray(c, cOff + i9 * L);
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
