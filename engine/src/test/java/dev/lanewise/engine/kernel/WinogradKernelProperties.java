// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.WinogradMatrices;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Winograd's transforms: the matrices of Lavin and Gray, and one result for both back ends. */
final class WinogradKernelProperties {
  private static final Kernels[] BOTH = {SimdKernels.create(), ReferenceKernels.create()};

  /** Tiles of every size compute the convolution of their patch: y = A^T [(G w G^T) . V] A. */
  @Property
  void theMatricesGiveTheConvolution(
      @ForAll boolean tall, @ForAll boolean wide, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int rows = tall ? 4 : 2;
    int columns = wide ? 4 : 2;
    double[][] x = draw(rows + 2, columns + 2, random);
    double[][] w = draw(3, 3, random);
    double[][] u =
        transform(
            WinogradMatrices.of(Winograd.WEIGHT, 4), w, WinogradMatrices.of(Winograd.WEIGHT, 4));
    double[][] m =
        transform(
            WinogradMatrices.of(Winograd.INPUT, rows),
            x,
            WinogradMatrices.of(Winograd.INPUT, columns));
    for (int i = 0; i < 36; i++) {
      m[i / 6][i % 6] *= u[i / 6][i % 6];
    }
    double[][] y =
        transform(
            WinogradMatrices.of(Winograd.OUTPUT, rows),
            m,
            WinogradMatrices.of(Winograd.OUTPUT, columns));
    for (int i = 0; i < rows * columns; i++) {
      double exact = 0;
      for (int tap = 0; tap < 9; tap++) {
        exact += x[i / columns + tap / 3][i % columns + tap % 3] * w[tap / 3][tap % 3];
      }
      assertEquals(exact, y[i / columns][i % columns], 1e-9);
    }
  }

  private static double[][] draw(int rows, int columns, SplittableRandom random) {
    double[][] x = new double[rows][columns];
    for (int i = 0; i < rows * columns; i++) {
      x[i / columns][i % columns] = random.nextInt(-100, 100);
    }
    return x;
  }

  /** L X R^T. */
  private static double[][] transform(double[][] l, double[][] x, double[][] r) {
    double[][] y = new double[l.length][r.length];
    for (int i = 0; i < l.length * r.length; i++) {
      for (int j = 0; j < x.length * x[0].length; j++) {
        int row = j / x[0].length;
        int column = j % x[0].length;
        y[i / r.length][i % r.length] +=
            l[i / r.length][row] * x[row][column] * r[i % r.length][column];
      }
    }
    return y;
  }

  @Property
  void transforms(
      @ForAll Winograd transform,
      @ForAll boolean tall,
      @ForAll boolean wide,
      @ForAll @IntRange(min = 1, max = 17) int tiles,
      @ForAll @IntRange(min = 1, max = 10) int vectors,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll Values values,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    boolean fromPoints = transform == Winograd.OUTPUT;
    boolean toPoints = transform == Winograd.INPUT || transform == Winograd.OUTPUT_GRADIENT;
    boolean weights = !fromPoints && !toPoints;
    int rows = tall || weights ? 4 : 2;
    int columns = wide || weights ? 4 : 2;
    int n = weights ? 1 : tiles;
    double[][] l = WinogradMatrices.of(transform, rows);
    double[][] r = WinogradMatrices.of(transform, columns);
    assertEquals(l.length, transform.outputs(rows));
    assertEquals(l[0].length, transform.inputs(rows));
    int channels = 16 * vectors;
    int xTile = (fromPoints ? 1 : columns) * channels;
    int yTile = (fromPoints ? columns : 1) * channels;
    int xCol = toPoints ? channels : n * channels + gap;
    int xRow = r[0].length * xCol + n * xTile + gap;
    int yCol = fromPoints ? channels : n * channels + 2 * gap;
    int yRow = r.length * yCol + n * yTile + gap;
    int firstRow = random.nextInt(-1, 3);
    int endRow = firstRow + random.nextInt(8);
    int firstColumn = random.nextInt(-1, 3);
    int endColumn = firstColumn + random.nextInt(n * columns + 4);
    // What belongs to a point that the tile does not have is NaN, as are what lies outside the
    // image and all between the rows: it must not be read, and not be written to.
    float[] x = Guards.array(3 + l[0].length * xRow);
    for (int i = 0; i < l[0].length * r[0].length * n * channels; i++) {
      int c = i % channels;
      int t = i / channels % n;
      int row = i / channels / n / r[0].length;
      int column = i / channels / n % r[0].length;
      int pixel = t * columns + column;
      boolean inside = firstRow <= row && row < endRow && firstColumn <= pixel && pixel < endColumn;
      boolean points = Winograd.has(row, rows) && Winograd.has(column, columns);
      if (weights || toPoints && inside || fromPoints && points) {
        x[3 + row * xRow + column * xCol + t * xTile + c] = values.draw(random);
      }
    }
    float[][] y = new float[2][];
    for (int b = 0; b < 2; b++) {
      y[b] = Guards.array(5 + l.length * yRow);
      float[] work = Guards.array(Winograd.WORK);
      if (toPoints) {
        BOTH[b]
            .winograd()
            .transformImage(
                transform,
                rows,
                columns,
                n,
                channels,
                x,
                3,
                xRow,
                firstRow,
                endRow,
                firstColumn,
                endColumn,
                y[b],
                5,
                yRow,
                yCol,
                work,
                0);
      } else if (fromPoints) {
        BOTH[b]
            .winograd()
            .transformOutput(
                rows, columns, n, channels, x, 3, xRow, xCol, y[b], 5, yRow, yCol, work, 0);
      } else {
        BOTH[b]
            .winograd()
            .transformWeights(transform, channels, x, 3, xRow, xCol, y[b], 5, yRow, yCol, work, 0);
      }
    }
    Guards.assertSame(
        y[1], y[0], transform + " " + n + " of " + rows + "x" + columns + ", " + channels);
    float guard = Guards.array(1)[0];
    for (int i = 0; i < l.length * r.length * n * channels && values != Values.SPECIAL; i++) {
      int c = i % channels;
      int t = i / channels % n;
      int row = i / channels / n / r.length;
      int column = i / channels / n % r.length;
      float actual = y[0][5 + row * yRow + column * yCol + t * yTile + c];
      if (toPoints && !(Winograd.has(row, rows) && Winograd.has(column, columns))) {
        assertEquals(Float.floatToRawIntBits(guard), Float.floatToRawIntBits(actual));
        continue;
      }
      double exact = 0;
      double magnitude = 0;
      for (int j = 0; j < l[0].length; j++) {
        for (int k = 0; k < r[0].length; k++) {
          int pixel = t * columns + k;
          boolean zero =
              toPoints
                  && (j < firstRow || j >= endRow || pixel < firstColumn || pixel >= endColumn);
          if (l[row][j] != 0 && r[column][k] != 0 && !zero) {
            float element = x[3 + j * xRow + k * xCol + t * xTile + c];
            double term = l[row][j] * element * r[column][k];
            exact += term;
            magnitude += Math.abs(term);
          }
        }
      }
      double error = Math.abs(actual - exact);
      if (!(error <= 16 * 0x1p-24 * magnitude + Float.MIN_NORMAL)) {
        throw new AssertionError(transform + " (" + row + ", " + column + ") is off by " + error);
      }
    }
  }
}
