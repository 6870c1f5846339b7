// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code MatrixKernels.gemm}, two vectors wide: {@code tileM} computes an M x
 * 2V tile of C with every accumulator in a register.
 *
 * <pre>
 *              B  p: | bl  | br  |
 *        A   p       +-----+-----+
 *   i: | a0 |        | c0l | c0r |
 *      | a1 |        | c1l | c1r |    c += a (broadcast) * b,  for p = 0 .. k-1
 *      |  : |        |  :  |  :  |
 * </pre>
 *
 * <p>Operands as in {@code MatrixKernels.gemm}, except that D is never null; the caller checks
 * everything and ensures that n is 2V. There are no edges here: {@link OverlapTiles} and {@link
 * NarrowTiles} have those.
 *
 * <p>14 rows need 28 accumulators, 2 vectors of B and a broadcast: what 32 registers hold. Of 16
 * registers five rows take 13 and leave C2 some for broadcasts that it begins early; with six it
 * spills an accumulator in some JVMs. The methods differ in the number of rows and in the strides
 * of A, and are written out because C2 keeps a vector in a register only when it is a local
 * variable of a method with one loop.
 *
 * <p>Of a row-major A, C2 proves before the loop that every element lies within the array, if the
 * loop counts the index itself. Of a transposed one it checks the first and the last row in each
 * turn, and of two strides that it does not know every element. Of B it checks both vectors in each
 * turn, unless its rows are a constant apart.
 *
 * <p>Where rows of the rest are missing the last one stands in for them: it is computed and written
 * again, with the same result. A tile of one or two rows would be short enough for C2 to inline it
 * into the loop that calls it, and there, depending on what is compiled first, its vectors are
 * boxed for good.
 */
final class WideTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  private WideTiles() {}

  /** 14 rows of a row-major A: {@code csA} is 1. */
  static void tile14(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + V);
    FloatVector c5l = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c5r = FloatVector.fromArray(S, d, dOff + 5 * ldd + V);
    FloatVector c6l = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c6r = FloatVector.fromArray(S, d, dOff + 6 * ldd + V);
    FloatVector c7l = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    FloatVector c7r = FloatVector.fromArray(S, d, dOff + 7 * ldd + V);
    FloatVector c8l = FloatVector.fromArray(S, d, dOff + 8 * ldd);
    FloatVector c8r = FloatVector.fromArray(S, d, dOff + 8 * ldd + V);
    FloatVector c9l = FloatVector.fromArray(S, d, dOff + 9 * ldd);
    FloatVector c9r = FloatVector.fromArray(S, d, dOff + 9 * ldd + V);
    FloatVector c10l = FloatVector.fromArray(S, d, dOff + 10 * ldd);
    FloatVector c10r = FloatVector.fromArray(S, d, dOff + 10 * ldd + V);
    FloatVector c11l = FloatVector.fromArray(S, d, dOff + 11 * ldd);
    FloatVector c11r = FloatVector.fromArray(S, d, dOff + 11 * ldd + V);
    FloatVector c12l = FloatVector.fromArray(S, d, dOff + 12 * ldd);
    FloatVector c12r = FloatVector.fromArray(S, d, dOff + 12 * ldd + V);
    FloatVector c13l = FloatVector.fromArray(S, d, dOff + 13 * ldd);
    FloatVector c13r = FloatVector.fromArray(S, d, dOff + 13 * ldd + V);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4 * rsA]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
      FloatVector a5 = FloatVector.broadcast(S, a[ai + 5 * rsA]);
      c5l = a5.fma(bl, c5l);
      c5r = a5.fma(br, c5r);
      FloatVector a6 = FloatVector.broadcast(S, a[ai + 6 * rsA]);
      c6l = a6.fma(bl, c6l);
      c6r = a6.fma(br, c6r);
      FloatVector a7 = FloatVector.broadcast(S, a[ai + 7 * rsA]);
      c7l = a7.fma(bl, c7l);
      c7r = a7.fma(br, c7r);
      FloatVector a8 = FloatVector.broadcast(S, a[ai + 8 * rsA]);
      c8l = a8.fma(bl, c8l);
      c8r = a8.fma(br, c8r);
      FloatVector a9 = FloatVector.broadcast(S, a[ai + 9 * rsA]);
      c9l = a9.fma(bl, c9l);
      c9r = a9.fma(br, c9r);
      FloatVector a10 = FloatVector.broadcast(S, a[ai + 10 * rsA]);
      c10l = a10.fma(bl, c10l);
      c10r = a10.fma(br, c10r);
      FloatVector a11 = FloatVector.broadcast(S, a[ai + 11 * rsA]);
      c11l = a11.fma(bl, c11l);
      c11r = a11.fma(br, c11r);
      FloatVector a12 = FloatVector.broadcast(S, a[ai + 12 * rsA]);
      c12l = a12.fma(bl, c12l);
      c12r = a12.fma(br, c12r);
      FloatVector a13 = FloatVector.broadcast(S, a[ai + 13 * rsA]);
      c13l = a13.fma(bl, c13l);
      c13r = a13.fma(br, c13r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + V);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + V);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + V);
    FLOAT.cast(c8l).intoArray(c, cOff + 8 * ldc);
    FLOAT.cast(c8r).intoArray(c, cOff + 8 * ldc + V);
    FLOAT.cast(c9l).intoArray(c, cOff + 9 * ldc);
    FLOAT.cast(c9r).intoArray(c, cOff + 9 * ldc + V);
    FLOAT.cast(c10l).intoArray(c, cOff + 10 * ldc);
    FLOAT.cast(c10r).intoArray(c, cOff + 10 * ldc + V);
    FLOAT.cast(c11l).intoArray(c, cOff + 11 * ldc);
    FLOAT.cast(c11r).intoArray(c, cOff + 11 * ldc + V);
    FLOAT.cast(c12l).intoArray(c, cOff + 12 * ldc);
    FLOAT.cast(c12r).intoArray(c, cOff + 12 * ldc + V);
    FLOAT.cast(c13l).intoArray(c, cOff + 13 * ldc);
    FLOAT.cast(c13r).intoArray(c, cOff + 13 * ldc + V);
  }

  /** Eight rows of a row-major A: {@code csA} is 1. */
  static void tile8(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + V);
    FloatVector c5l = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c5r = FloatVector.fromArray(S, d, dOff + 5 * ldd + V);
    FloatVector c6l = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c6r = FloatVector.fromArray(S, d, dOff + 6 * ldd + V);
    FloatVector c7l = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    FloatVector c7r = FloatVector.fromArray(S, d, dOff + 7 * ldd + V);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4 * rsA]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
      FloatVector a5 = FloatVector.broadcast(S, a[ai + 5 * rsA]);
      c5l = a5.fma(bl, c5l);
      c5r = a5.fma(br, c5r);
      FloatVector a6 = FloatVector.broadcast(S, a[ai + 6 * rsA]);
      c6l = a6.fma(bl, c6l);
      c6r = a6.fma(br, c6r);
      FloatVector a7 = FloatVector.broadcast(S, a[ai + 7 * rsA]);
      c7l = a7.fma(bl, c7l);
      c7r = a7.fma(br, c7r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + V);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + V);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + V);
  }

  /** Eight rows of a transposed A: {@code rsA} is 1. */
  static void tile8Transposed(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + V);
    FloatVector c5l = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c5r = FloatVector.fromArray(S, d, dOff + 5 * ldd + V);
    FloatVector c6l = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c6r = FloatVector.fromArray(S, d, dOff + 6 * ldd + V);
    FloatVector c7l = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    FloatVector c7r = FloatVector.fromArray(S, d, dOff + 7 * ldd + V);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + 1]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
      FloatVector a5 = FloatVector.broadcast(S, a[ai + 5]);
      c5l = a5.fma(bl, c5l);
      c5r = a5.fma(br, c5r);
      FloatVector a6 = FloatVector.broadcast(S, a[ai + 6]);
      c6l = a6.fma(bl, c6l);
      c6r = a6.fma(br, c6r);
      FloatVector a7 = FloatVector.broadcast(S, a[ai + 7]);
      c7l = a7.fma(bl, c7l);
      c7r = a7.fma(br, c7r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + V);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + V);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + V);
  }

  /** Five rows of a row-major A: {@code csA} is 1. */
  static void tile5(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + V);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4 * rsA]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
  }

  /** Four rows of a row-major A: {@code csA} is 1. */
  static void tile4(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
  }

  /** Four rows of a transposed A: {@code rsA} is 1. */
  static void tile4Transposed(
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + 1]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
  }

  /** The same, of a panel of B: {@code ldb} is 2V. */
  static void tile4TransposedPanel(
      int k,
      float[] a,
      int aOff,
      int csA,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + V);
    int end = bOff + k * 2 * V;
    for (int ai = aOff, bi = bOff; bi < end; ai += csA, bi += 2 * V) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + 1]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
  }

  /** One to four rows of an A of any strides. */
  static void tileRest(
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
    int i3 = rows - 1;
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + V);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + i1 * ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + i1 * ldd + V);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + i2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + i2 * ldd + V);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + i3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + i3 * ldd + V);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + i1 * rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + i2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + i3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + i1 * ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + i1 * ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + i2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + i2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + i3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + i3 * ldc + V);
  }
}
