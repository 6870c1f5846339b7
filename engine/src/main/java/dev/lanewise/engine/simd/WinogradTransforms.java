// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Winograd;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Winograd's transforms but those of an image, with channels across the lanes: {@link
 * Winograd#apply}, operation for operation. L X lies in a work space that stays in the L1 cache: 36
 * vectors and the temporaries would not fit into the registers.
 */
final class WinogradTransforms {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** Between the columns of the work space. */
  private static final int STEP = WinogradRuns.FLOATS;

  /** Between its rows. An odd number of cache lines. */
  private static final int ROW = Winograd.POINTS * STEP + 16;

  private WinogradTransforms() {}

  /**
   * See {@code WinogradKernels.transformOutput}. Tiles are transformed together, as many as fit.
   */
  static void output(
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
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
      for (int c = 0; c < channels; c += depth) {
        int d = Math.min(depth, channels - c);
        int from = xOff + t * channels + c;
        for (int j = 0; j < Winograd.POINTS; j++) {
          if (Winograd.has(j, columns)) {
            int to = workOff + j * STEP;
            if (rows == Winograd.SMALL_TILE) {
              smallOutputDown(n * d, x, from + j * xCol, xRow, work, to);
            } else {
              outputDown(n * d, x, from + j * xCol, xRow, work, to);
            }
          }
        }
        int[] places = WinogradRuns.places(d, columns);
        int to = yOff + t * columns * channels + c;
        for (int i = 0; i < rows; i++) {
          int row = workOff + i * ROW;
          if (columns == Winograd.SMALL_TILE) {
            smallOutputAlong(n * d / V, work, row, places, y, to + i * yRow, yCol);
          } else {
            outputAlong(n * d / V, work, row, places, y, to + i * yRow, yCol);
          }
        }
      }
    }
  }

  /** See {@code WinogradKernels.transformWeights}. */
  static void weights(
      Winograd transform,
      int pairs,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    int in = transform.inputs(Winograd.TILE);
    int row = in * Winograd.RUN; // of the work space
    for (int c = 0; c < pairs; c += Winograd.RUN) {
      int n = Math.min(Winograd.RUN, pairs - c);
      for (int j = 0; j < in; j++) {
        int to = workOff + j * Winograd.RUN;
        line(transform, n, x, xOff + c + j * xCol, xRow, work, to, row);
      }
      for (int i = 0; i < transform.outputs(Winograd.TILE); i++) {
        int from = workOff + i * row;
        line(transform, n, work, from, Winograd.RUN, y, yOff + c + i * yRow, yCol);
      }
    }
  }

  private static void line(
      Winograd transform, int n, float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    if (transform == Winograd.WEIGHT) {
      weight(n, x, xOff, xStep, y, yOff, yStep);
    } else {
      weightGradient(n, x, xOff, xStep, y, yOff, yStep);
    }
  }

  private static void outputDown(int n, float[] x, int xOff, int xRow, float[] y, int yOff) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + xRow);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * xRow);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + i + 3 * xRow);
      FloatVector x4 = FloatVector.fromArray(S, x, xOff + i + 4 * xRow);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + i + 5 * xRow);
      FloatVector sum1 = x1.add(x2);
      FloatVector difference1 = x1.sub(x2);
      FloatVector sum2 = x3.add(x4);
      FloatVector difference2 = x3.sub(x4);
      x0.add(sum1).add(sum2).intoArray(y, yOff + i);
      FloatVector.broadcast(S, 2f).fma(difference2, difference1).intoArray(y, yOff + i + ROW);
      FloatVector.broadcast(S, 4f).fma(sum2, sum1).intoArray(y, yOff + i + 2 * ROW);
      FloatVector.broadcast(S, 8f)
          .fma(difference2, difference1)
          .add(x5)
          .intoArray(y, yOff + i + 3 * ROW);
    }
  }

  private static void outputAlong(
      int n, float[] x, int xOff, int[] places, float[] y, int yOff, int yCol) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + q * V);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + q * V + STEP);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + q * V + 2 * STEP);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + q * V + 3 * STEP);
      FloatVector x4 = FloatVector.fromArray(S, x, xOff + q * V + 4 * STEP);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + q * V + 5 * STEP);
      int to = yOff + places[q];
      FloatVector sum1 = x1.add(x2);
      FloatVector difference1 = x1.sub(x2);
      FloatVector sum2 = x3.add(x4);
      FloatVector difference2 = x3.sub(x4);
      x0.add(sum1).add(sum2).intoArray(y, to);
      FloatVector.broadcast(S, 2f).fma(difference2, difference1).intoArray(y, to + yCol);
      FloatVector.broadcast(S, 4f).fma(sum2, sum1).intoArray(y, to + 2 * yCol);
      FloatVector.broadcast(S, 8f)
          .fma(difference2, difference1)
          .add(x5)
          .intoArray(y, to + 3 * yCol);
    }
  }

  private static void smallOutputDown(int n, float[] x, int xOff, int xRow, float[] y, int yOff) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + xRow);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * xRow);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + i + 5 * xRow);
      x0.add(x1).add(x2).intoArray(y, yOff + i);
      x1.sub(x2).add(x5).intoArray(y, yOff + i + ROW);
    }
  }

  private static void smallOutputAlong(
      int n, float[] x, int xOff, int[] places, float[] y, int yOff, int yCol) {
    for (int q = 0; q < n; q++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + q * V);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + q * V + STEP);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + q * V + 2 * STEP);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + q * V + 5 * STEP);
      int to = yOff + places[q];
      x0.add(x1).add(x2).intoArray(y, to);
      x1.sub(x2).add(x5).intoArray(y, to + yCol);
    }
  }

  private static void weight(
      int n, float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + xStep);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * xStep);
      FloatVector even1 = x0.add(x2);
      FloatVector even2 = FloatVector.broadcast(S, 4f).fma(x2, x0);
      x0.mul(0.25f).intoArray(y, yOff + i);
      even1.add(x1).mul(-Winograd.SIXTH).intoArray(y, yOff + i + yStep);
      even1.sub(x1).mul(-Winograd.SIXTH).intoArray(y, yOff + i + 2 * yStep);
      FloatVector.broadcast(S, 2f)
          .fma(x1, even2)
          .mul(Winograd.TWENTY_FOURTH)
          .intoArray(y, yOff + i + 3 * yStep);
      FloatVector.broadcast(S, -2f)
          .fma(x1, even2)
          .mul(Winograd.TWENTY_FOURTH)
          .intoArray(y, yOff + i + 4 * yStep);
      x2.intoArray(y, yOff + i + 5 * yStep);
    }
  }

  private static void weightGradient(
      int n, float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    for (int i = 0; i < n; i += V) {
      FloatVector x0 = FloatVector.fromArray(S, x, xOff + i);
      FloatVector x1 = FloatVector.fromArray(S, x, xOff + i + xStep);
      FloatVector x2 = FloatVector.fromArray(S, x, xOff + i + 2 * xStep);
      FloatVector x3 = FloatVector.fromArray(S, x, xOff + i + 3 * xStep);
      FloatVector x4 = FloatVector.fromArray(S, x, xOff + i + 4 * xStep);
      FloatVector x5 = FloatVector.fromArray(S, x, xOff + i + 5 * xStep);
      FloatVector minusSixth = FloatVector.broadcast(S, -Winograd.SIXTH);
      FloatVector sum1 = x1.add(x2);
      FloatVector sum2 = x3.add(x4);
      FloatVector difference1 = x1.sub(x2);
      FloatVector difference2 = x3.sub(x4);
      sum2.fma(
              FloatVector.broadcast(S, Winograd.TWENTY_FOURTH), sum1.fma(minusSixth, x0.mul(0.25f)))
          .intoArray(y, yOff + i);
      difference2
          .fma(FloatVector.broadcast(S, Winograd.TWELFTH), difference1.mul(minusSixth))
          .intoArray(y, yOff + i + yStep);
      sum2.sub(sum1)
          .fma(FloatVector.broadcast(S, Winograd.SIXTH), x5)
          .intoArray(y, yOff + i + 2 * yStep);
    }
  }
}
