package dev.lanewise.engine.simd;

import dev.lanewise.engine.Winograd;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Winograd's transforms with channels across the lanes: {@link Winograd#apply}, operation for
 * operation. The square between the two applications of L lies in a work space that stays in the L1
 * cache: 36 vectors and the temporaries would not fit into the registers.
 */
final class WinogradTransforms {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  private WinogradTransforms() {}

  static void apply(
      Winograd transform,
      int rows,
      int columns,
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
    boolean tall = rows == Winograd.TILE;
    boolean wide = columns == Winograd.TILE;
    for (int c = 0; c < channels; c += V) {
      int from = xOff + c;
      int to = yOff + c;
      switch (transform) {
        case INPUT -> {
          for (int j = 0; j < columns + 2; j++) {
            if (tall) {
              input(x, from + j * xCol, xRow, work, workOff + j * V, 6 * V);
            } else {
              smallInput(x, from + j * xCol, xRow, work, workOff + j * V, 6 * V);
            }
          }
          for (int i = 0; i < 6; i = next(i, tall)) {
            if (wide) {
              input(work, workOff + i * 6 * V, V, y, to + i * yRow, yCol);
            } else {
              smallInput(work, workOff + i * 6 * V, V, y, to + i * yRow, yCol);
            }
          }
        }
        case OUTPUT -> {
          for (int j = 0; j < 6; j = next(j, wide)) {
            if (tall) {
              output(x, from + j * xCol, xRow, work, workOff + j * V, 6 * V);
            } else {
              smallOutput(x, from + j * xCol, xRow, work, workOff + j * V, 6 * V);
            }
          }
          for (int i = 0; i < rows; i++) {
            if (wide) {
              output(work, workOff + i * 6 * V, V, y, to + i * yRow, yCol);
            } else {
              smallOutput(work, workOff + i * 6 * V, V, y, to + i * yRow, yCol);
            }
          }
        }
        case OUTPUT_GRADIENT -> {
          for (int j = 0; j < columns; j++) {
            if (tall) {
              outputGradient(x, from + j * xCol, xRow, work, workOff + j * V, 4 * V);
            } else {
              smallOutputGradient(x, from + j * xCol, xRow, work, workOff + j * V, 4 * V);
            }
          }
          for (int i = 0; i < 6; i = next(i, tall)) {
            if (wide) {
              outputGradient(work, workOff + i * 4 * V, V, y, to + i * yRow, yCol);
            } else {
              smallOutputGradient(work, workOff + i * 4 * V, V, y, to + i * yRow, yCol);
            }
          }
        }
        case WEIGHT -> {
          for (int j = 0; j < 3; j++) {
            weight(x, from + j * xCol, xRow, work, workOff + j * V, 3 * V);
          }
          for (int i = 0; i < 6; i++) {
            weight(work, workOff + i * 3 * V, V, y, to + i * yRow, yCol);
          }
        }
        case WEIGHT_GRADIENT -> {
          for (int j = 0; j < 6; j++) {
            weightGradient(x, from + j * xCol, xRow, work, workOff + j * V, 6 * V);
          }
          for (int i = 0; i < 3; i++) {
            weightGradient(work, workOff + i * 6 * V, V, y, to + i * yRow, yCol);
          }
        }
        default -> throw new AssertionError(transform);
      }
    }
  }

  /** The next point after one that the tile has. */
  private static int next(int point, boolean wholeTile) {
    return point == 2 && !wholeTile ? 5 : point + 1;
  }

  private static void input(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x3 = FloatVector.fromArray(S, x, xOff + 3 * xStep);
    FloatVector x4 = FloatVector.fromArray(S, x, xOff + 4 * xStep);
    FloatVector x5 = FloatVector.fromArray(S, x, xOff + 5 * xStep);
    FloatVector four = FloatVector.broadcast(S, 4f);
    FloatVector minusFour = FloatVector.broadcast(S, -4f);
    FloatVector minusFive = FloatVector.broadcast(S, -5f);
    FloatVector even = minusFour.fma(x2, x4);
    FloatVector odd = minusFour.fma(x1, x3);
    FloatVector outer = x4.sub(x2);
    FloatVector inner = x3.sub(x1);
    four.fma(x0, minusFive.fma(x2, x4)).intoArray(y, yOff);
    even.add(odd).intoArray(y, yOff + yStep);
    even.sub(odd).intoArray(y, yOff + 2 * yStep);
    FloatVector.broadcast(S, 2f).fma(inner, outer).intoArray(y, yOff + 3 * yStep);
    FloatVector.broadcast(S, -2f).fma(inner, outer).intoArray(y, yOff + 4 * yStep);
    four.fma(x1, minusFive.fma(x3, x5)).intoArray(y, yOff + 5 * yStep);
  }

  private static void output(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x3 = FloatVector.fromArray(S, x, xOff + 3 * xStep);
    FloatVector x4 = FloatVector.fromArray(S, x, xOff + 4 * xStep);
    FloatVector x5 = FloatVector.fromArray(S, x, xOff + 5 * xStep);
    FloatVector sum1 = x1.add(x2);
    FloatVector difference1 = x1.sub(x2);
    FloatVector sum2 = x3.add(x4);
    FloatVector difference2 = x3.sub(x4);
    x0.add(sum1).add(sum2).intoArray(y, yOff);
    FloatVector.broadcast(S, 2f).fma(difference2, difference1).intoArray(y, yOff + yStep);
    FloatVector.broadcast(S, 4f).fma(sum2, sum1).intoArray(y, yOff + 2 * yStep);
    FloatVector.broadcast(S, 8f)
        .fma(difference2, difference1)
        .add(x5)
        .intoArray(y, yOff + 3 * yStep);
  }

  private static void outputGradient(
      float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x3 = FloatVector.fromArray(S, x, xOff + 3 * xStep);
    FloatVector four = FloatVector.broadcast(S, 4f);
    FloatVector even1 = x0.add(x2);
    FloatVector odd1 = x1.add(x3);
    FloatVector even2 = four.fma(x2, x0);
    FloatVector odd2 = four.fma(x3, x1);
    x0.intoArray(y, yOff);
    even1.add(odd1).intoArray(y, yOff + yStep);
    even1.sub(odd1).intoArray(y, yOff + 2 * yStep);
    FloatVector.broadcast(S, 2f).fma(odd2, even2).intoArray(y, yOff + 3 * yStep);
    FloatVector.broadcast(S, -2f).fma(odd2, even2).intoArray(y, yOff + 4 * yStep);
    x3.intoArray(y, yOff + 5 * yStep);
  }

  private static void smallInput(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x3 = FloatVector.fromArray(S, x, xOff + 3 * xStep);
    x0.sub(x2).mul(4f).intoArray(y, yOff);
    x1.add(x2).mul(-3f).intoArray(y, yOff + yStep);
    x1.sub(x2).mul(3f).intoArray(y, yOff + 2 * yStep);
    x3.sub(x1).intoArray(y, yOff + 5 * yStep);
  }

  private static void smallOutput(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x5 = FloatVector.fromArray(S, x, xOff + 5 * xStep);
    x0.add(x1).add(x2).intoArray(y, yOff);
    x1.sub(x2).add(x5).intoArray(y, yOff + yStep);
  }

  private static void smallOutputGradient(
      float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    x0.intoArray(y, yOff);
    x0.add(x1).intoArray(y, yOff + yStep);
    x0.sub(x1).intoArray(y, yOff + 2 * yStep);
    x1.intoArray(y, yOff + 5 * yStep);
  }

  private static void weight(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector even1 = x0.add(x2);
    FloatVector even2 = FloatVector.broadcast(S, 4f).fma(x2, x0);
    x0.mul(0.25f).intoArray(y, yOff);
    even1.add(x1).mul(-Winograd.SIXTH).intoArray(y, yOff + yStep);
    even1.sub(x1).mul(-Winograd.SIXTH).intoArray(y, yOff + 2 * yStep);
    FloatVector.broadcast(S, 2f)
        .fma(x1, even2)
        .mul(Winograd.TWENTY_FOURTH)
        .intoArray(y, yOff + 3 * yStep);
    FloatVector.broadcast(S, -2f)
        .fma(x1, even2)
        .mul(Winograd.TWENTY_FOURTH)
        .intoArray(y, yOff + 4 * yStep);
    x2.intoArray(y, yOff + 5 * yStep);
  }

  private static void weightGradient(
      float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    FloatVector x0 = FloatVector.fromArray(S, x, xOff);
    FloatVector x1 = FloatVector.fromArray(S, x, xOff + xStep);
    FloatVector x2 = FloatVector.fromArray(S, x, xOff + 2 * xStep);
    FloatVector x3 = FloatVector.fromArray(S, x, xOff + 3 * xStep);
    FloatVector x4 = FloatVector.fromArray(S, x, xOff + 4 * xStep);
    FloatVector x5 = FloatVector.fromArray(S, x, xOff + 5 * xStep);
    FloatVector minusSixth = FloatVector.broadcast(S, -Winograd.SIXTH);
    FloatVector sum1 = x1.add(x2);
    FloatVector sum2 = x3.add(x4);
    FloatVector difference1 = x1.sub(x2);
    FloatVector difference2 = x3.sub(x4);
    sum2.fma(FloatVector.broadcast(S, Winograd.TWENTY_FOURTH), sum1.fma(minusSixth, x0.mul(0.25f)))
        .intoArray(y, yOff);
    difference2
        .fma(FloatVector.broadcast(S, Winograd.TWELFTH), difference1.mul(minusSixth))
        .intoArray(y, yOff + yStep);
    sum2.sub(sum1).fma(FloatVector.broadcast(S, Winograd.SIXTH), x5).intoArray(y, yOff + 2 * yStep);
  }
}
