// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Winograd;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Winograd's transforms of an image, INPUT and OUTPUT_GRADIENT, with channels across the lanes:
 * {@link Winograd#apply}, operation for operation. L X lies in a work space that stays in the L1
 * cache: 36 vectors and the temporaries would not fit into the registers.
 *
 * <p>Rows of neighbouring tiles are transformed together, as far as the work space goes. Down the
 * columns, the pixels and channels of all of them are one loop over adjacent elements, and columns
 * that two tiles share are transformed once. In the work space pixels lie by their place in a tile:
 *
 * <pre>
 *   pixels    0 1 2 3 | 4 5 6 7 | 8 9        of two tiles of four columns
 *
 *   in a row  0 4 8   | 1 5 9   | 2 6   | 3 7
 * </pre>
 *
 * so that along the rows, too, the tiles and channels are one loop over adjacent elements: the
 * fifth pixels of all tiles are the first ones from the second tile on. C2 checks the ranges of a
 * loop before it begins; with a loop over the channels of each tile that took as long as the loop.
 * It cannot do so for what a table says, so the two ways are written out apart, with the same chain
 * of operations (docs/lab, 26 November, finding 41).
 */
final class WinogradImageTransforms {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** From pixels of one place in a tile to those of the next: all of those, with their channels. */
  private static final int STEP = WinogradRuns.FLOATS;

  /** Between the rows of the work space. */
  private static final int ROW = Winograd.WORK / Winograd.POINTS;

  /** A row that an image does not have. */
  private static final float[] ZEROS = new float[Winograd.TILE * STEP];

  private WinogradImageTransforms() {}

  /** See {@code WinogradKernels.transformImage}. */
  static void apply(
      Winograd transform,
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      int firstColumn,
      int endColumn,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    int depth = Math.min(channels, Winograd.RUN);
    int run = WinogradRuns.tiles(depth);
    for (int t = 0; t < tiles; t += run) {
      int n = Math.min(run, tiles - t);
      int width = (n - 1) * columns + transform.inputs(columns);
      int first = Math.clamp(firstColumn - t * columns, 0, width);
      int end = Math.clamp(endColumn - t * columns, first, width);
      for (int c = 0; c < channels; c += depth) {
        int d = Math.min(depth, channels - c);
        int[] places = WinogradRuns.ofPixels(d, columns);
        int stretch = d == channels ? Math.max(1, end - first) : 1; // of pixels side by side
        for (int p = first; p < end; p += stretch) {
          int from = xOff + (t * columns + p) * channels + c;
          down(
              transform,
              rows,
              stretch * d / V,
              x,
              from,
              xRow,
              firstRow,
              endRow,
              places,
              p * d / V,
              work,
              workOff);
        }
        for (int i = 0; i < transform.outputs(rows); i++) {
          if (Winograd.has(i, rows)) {
            int row = workOff + i * ROW;
            float zero = transform.transformedZero(i, rows);
            fill(zero, 0, first, d, places, work, row);
            fill(zero, end, width, d, places, work, row);
            int to = yOff + i * yRow + t * channels + c;
            along(transform, columns, n * d, work, row, d, y, to, yCol);
          }
        }
      }
    }
  }

  /** Pixels from one to another of a row, which the image does not have. */
  private static void fill(
      float zero, int first, int end, int depth, int[] places, float[] y, int yOff) {
    for (int p = first; p < end; p++) {
      int at = yOff + places[p * depth / V];
      Arrays.fill(y, at, at + depth, zero);
    }
  }

  /** L, for vectors of pixels side by side; rows that the image does not have are zeros. */
  private static void down(
      Winograd transform,
      int rows,
      int n,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      int[] places,
      int first,
      float[] y,
      int yOff) {
    float[] x0 = firstRow <= 0 && 0 < endRow ? x : ZEROS;
    float[] x1 = firstRow <= 1 && 1 < endRow ? x : ZEROS;
    float[] x2 = firstRow <= 2 && 2 < endRow ? x : ZEROS;
    float[] x3 = firstRow <= 3 && 3 < endRow ? x : ZEROS;
    float[] x4 = firstRow <= 4 && 4 < endRow ? x : ZEROS;
    float[] x5 = firstRow <= 5 && 5 < endRow ? x : ZEROS;
    int at0 = x0 == ZEROS ? 0 : xOff;
    int at1 = x1 == ZEROS ? 0 : xOff + xRow;
    int at2 = x2 == ZEROS ? 0 : xOff + 2 * xRow;
    int at3 = x3 == ZEROS ? 0 : xOff + 3 * xRow;
    int at4 = x4 == ZEROS ? 0 : xOff + 4 * xRow;
    int at5 = x5 == ZEROS ? 0 : xOff + 5 * xRow;
    boolean small = rows == Winograd.SMALL_TILE;
    if (transform == Winograd.INPUT && small) {
      smallInputDown(n, x0, at0, x1, at1, x2, at2, x3, at3, places, first, y, yOff);
    } else if (transform == Winograd.INPUT) {
      inputDown(n, x0, at0, x1, at1, x2, at2, x3, at3, x4, at4, x5, at5, places, first, y, yOff);
    } else if (small) {
      smallGradientDown(n, x0, at0, x1, at1, places, first, y, yOff);
    } else {
      gradientDown(n, x0, at0, x1, at1, x2, at2, x3, at3, places, first, y, yOff);
    }
  }

  /** R, for n adjacent elements of the first pixels of tiles, and for what follows them. */
  private static void along(
      Winograd transform,
      int columns,
      int n,
      float[] x,
      int xOff,
      int depth,
      float[] y,
      int yOff,
      int yCol) {
    boolean small = columns == Winograd.SMALL_TILE;
    if (transform == Winograd.INPUT && small) {
      smallInputAlong(n, x, xOff, depth, y, yOff, yCol);
    } else if (transform == Winograd.INPUT) {
      inputAlong(n, x, xOff, depth, y, yOff, yCol);
    } else if (small) {
      smallGradientAlong(n, x, xOff, y, yOff, yCol);
    } else {
      gradientAlong(n, x, xOff, y, yOff, yCol);
    }
  }

  private static void inputDown(
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      float[] a2,
      int at2,
      float[] a3,
      int at3,
      float[] a4,
      int at4,
      float[] a5,
      int at5,
      int[] places,
      int first,
      float[] y,
      int yOff) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, a0, at0 + q * V);
      FloatVector x1 = FloatVector.fromArray(S, a1, at1 + q * V);
      FloatVector x2 = FloatVector.fromArray(S, a2, at2 + q * V);
      FloatVector x3 = FloatVector.fromArray(S, a3, at3 + q * V);
      FloatVector x4 = FloatVector.fromArray(S, a4, at4 + q * V);
      FloatVector x5 = FloatVector.fromArray(S, a5, at5 + q * V);
      int to = yOff + places[first + q];
      FloatVector four = FloatVector.broadcast(S, 4f);
      FloatVector minusFour = FloatVector.broadcast(S, -4f);
      FloatVector minusFive = FloatVector.broadcast(S, -5f);
      FloatVector even = minusFour.fma(x2, x4);
      FloatVector odd = minusFour.fma(x1, x3);
      FloatVector outer = x4.sub(x2);
      FloatVector inner = x3.sub(x1);
      four.fma(x0, minusFive.fma(x2, x4)).intoArray(y, to);
      even.add(odd).intoArray(y, to + ROW);
      even.sub(odd).intoArray(y, to + 2 * ROW);
      FloatVector.broadcast(S, 2f).fma(inner, outer).intoArray(y, to + 3 * ROW);
      FloatVector.broadcast(S, -2f).fma(inner, outer).intoArray(y, to + 4 * ROW);
      four.fma(x1, minusFive.fma(x3, x5)).intoArray(y, to + 5 * ROW);
    }
  }

  private static void inputAlong(
      int n, float[] x, int xOff, int depth, float[] y, int yOff, int yCol) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + STEP);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * STEP);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + i + 3 * STEP);
      FloatVector x4 = FloatVector.fromArray(S, x, xOff + i + depth);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + i + STEP + depth);
      FloatVector four = FloatVector.broadcast(S, 4f);
      FloatVector minusFour = FloatVector.broadcast(S, -4f);
      FloatVector minusFive = FloatVector.broadcast(S, -5f);
      FloatVector even = minusFour.fma(x2, x4);
      FloatVector odd = minusFour.fma(x1, x3);
      FloatVector outer = x4.sub(x2);
      FloatVector inner = x3.sub(x1);
      four.fma(x0, minusFive.fma(x2, x4)).intoArray(y, yOff + i);
      even.add(odd).intoArray(y, yOff + i + yCol);
      even.sub(odd).intoArray(y, yOff + i + 2 * yCol);
      FloatVector.broadcast(S, 2f).fma(inner, outer).intoArray(y, yOff + i + 3 * yCol);
      FloatVector.broadcast(S, -2f).fma(inner, outer).intoArray(y, yOff + i + 4 * yCol);
      four.fma(x1, minusFive.fma(x3, x5)).intoArray(y, yOff + i + 5 * yCol);
    }
  }

  private static void smallInputDown(
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      float[] a2,
      int at2,
      float[] a3,
      int at3,
      int[] places,
      int first,
      float[] y,
      int yOff) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, a0, at0 + q * V);
      FloatVector x1 = FloatVector.fromArray(S, a1, at1 + q * V);
      FloatVector x2 = FloatVector.fromArray(S, a2, at2 + q * V);
      FloatVector x3 = FloatVector.fromArray(S, a3, at3 + q * V);
      int to = yOff + places[first + q];
      x0.sub(x2).mul(4f).intoArray(y, to);
      x1.add(x2).mul(-3f).intoArray(y, to + ROW);
      x1.sub(x2).mul(3f).intoArray(y, to + 2 * ROW);
      x3.sub(x1).intoArray(y, to + 5 * ROW);
    }
  }

  private static void smallInputAlong(
      int n, float[] x, int xOff, int depth, float[] y, int yOff, int yCol) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + STEP);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + depth);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + i + STEP + depth);
      x0.sub(x2).mul(4f).intoArray(y, yOff + i);
      x1.add(x2).mul(-3f).intoArray(y, yOff + i + yCol);
      x1.sub(x2).mul(3f).intoArray(y, yOff + i + 2 * yCol);
      x3.sub(x1).intoArray(y, yOff + i + 5 * yCol);
    }
  }

  private static void gradientDown(
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      float[] a2,
      int at2,
      float[] a3,
      int at3,
      int[] places,
      int first,
      float[] y,
      int yOff) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, a0, at0 + q * V);
      FloatVector x1 = FloatVector.fromArray(S, a1, at1 + q * V);
      FloatVector x2 = FloatVector.fromArray(S, a2, at2 + q * V);
      FloatVector x3 = FloatVector.fromArray(S, a3, at3 + q * V);
      int to = yOff + places[first + q];
      FloatVector four = FloatVector.broadcast(S, 4f);
      FloatVector even1 = x0.add(x2);
      FloatVector odd1 = x1.add(x3);
      FloatVector even2 = four.fma(x2, x0);
      FloatVector odd2 = four.fma(x3, x1);
      x0.intoArray(y, to);
      even1.add(odd1).intoArray(y, to + ROW);
      even1.sub(odd1).intoArray(y, to + 2 * ROW);
      FloatVector.broadcast(S, 2f).fma(odd2, even2).intoArray(y, to + 3 * ROW);
      FloatVector.broadcast(S, -2f).fma(odd2, even2).intoArray(y, to + 4 * ROW);
      x3.intoArray(y, to + 5 * ROW);
    }
  }

  private static void gradientAlong(int n, float[] x, int xOff, float[] y, int yOff, int yCol) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + STEP);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * STEP);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + i + 3 * STEP);
      FloatVector four = FloatVector.broadcast(S, 4f);
      FloatVector even1 = x0.add(x2);
      FloatVector odd1 = x1.add(x3);
      FloatVector even2 = four.fma(x2, x0);
      FloatVector odd2 = four.fma(x3, x1);
      x0.intoArray(y, yOff + i);
      even1.add(odd1).intoArray(y, yOff + i + yCol);
      even1.sub(odd1).intoArray(y, yOff + i + 2 * yCol);
      FloatVector.broadcast(S, 2f).fma(odd2, even2).intoArray(y, yOff + i + 3 * yCol);
      FloatVector.broadcast(S, -2f).fma(odd2, even2).intoArray(y, yOff + i + 4 * yCol);
      x3.intoArray(y, yOff + i + 5 * yCol);
    }
  }

  private static void smallGradientDown(
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      int[] places,
      int first,
      float[] y,
      int yOff) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, a0, at0 + q * V);
      FloatVector x1 = FloatVector.fromArray(S, a1, at1 + q * V);
      int to = yOff + places[first + q];
      x0.intoArray(y, to);
      x0.add(x1).intoArray(y, to + ROW);
      x0.sub(x1).intoArray(y, to + 2 * ROW);
      x1.intoArray(y, to + 5 * ROW);
    }
  }

  private static void smallGradientAlong(
      int n, float[] x, int xOff, float[] y, int yOff, int yCol) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + STEP);
      x0.intoArray(y, yOff + i);
      x0.add(x1).intoArray(y, yOff + i + yCol);
      x0.sub(x1).intoArray(y, yOff + i + 2 * yCol);
      x1.intoArray(y, yOff + i + 5 * yCol);
    }
  }
}
