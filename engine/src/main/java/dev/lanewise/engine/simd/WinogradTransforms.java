package dev.lanewise.engine.simd;

import dev.lanewise.engine.Winograd;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Winograd's transforms with channels across the lanes: {@link Winograd#apply}, operation for
 * operation. The square between the two applications of L lies in a work space that stays in the L1
 * cache: 36 vectors and the temporaries would not fit into the registers.
 *
 * <p>Rows of neighbouring tiles are transformed together, as far as the work space goes. Down the
 * columns, the columns and channels of all of them are one long loop over adjacent elements, for
 * which C2 checks the ranges once; columns that two tiles share are transformed once.
 */
final class WinogradTransforms {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** A row that an image does not have: six pixels of {@link Winograd#RUN} channels at most. */
  private static final float[] ZEROS = new float[Winograd.POINTS * Winograd.RUN];

  private WinogradTransforms() {}

  /** Of tiles of an image: INPUT and OUTPUT_GRADIENT. */
  static void ofImage(
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
    int run = Winograd.RUN / depth;
    for (int t = 0; t < tiles; t += run) {
      int n = Math.min(run, tiles - t);
      int width = (n - 1) * columns + transform.inputs(columns);
      int first = Math.clamp(firstColumn - t * columns, 0, width);
      int end = Math.clamp(endColumn - t * columns, first, width);
      for (int c = 0; c < channels; c += depth) {
        int d = Math.min(depth, channels - c);
        int row = width * d; // of the work space: one stretch of pixels
        for (int i = 0; i < transform.outputs(rows); i++) {
          if (Winograd.has(i, rows)) {
            int at = workOff + i * row;
            float zero = transform.ofZeros(i, rows);
            Arrays.fill(work, at, at + first * d, zero);
            Arrays.fill(work, at + end * d, at + row, zero);
          }
        }
        int groups = d == channels ? 1 : end - first;
        int length = (end - first) * d / Math.max(1, groups);
        for (int g = 0; g < groups; g++) {
          int from = xOff + (t * columns + first + g) * channels + c;
          int to = workOff + (first + g) * d;
          columns(transform, rows, length, x, from, xRow, firstRow, endRow, work, to, row);
        }
        for (int i = 0; i < transform.outputs(rows); i++) {
          if (Winograd.has(i, rows)) {
            int from = workOff + i * row;
            int to = yOff + i * yRow + t * channels + c;
            line(transform, columns, n, d, work, from, d, columns * d, y, to, yCol, channels);
          }
        }
      }
    }
  }

  /** Down columns of an image; rows that it does not have are zeros. */
  private static void columns(
      Winograd transform,
      int tile,
      int n,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      float[] y,
      int yOff,
      int yRow) {
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
    boolean small = tile == Winograd.SMALL_TILE;
    if (transform == Winograd.INPUT && small) {
      smallInput(1, n, x0, at0, x1, at1, x2, at2, x3, at3, 0, y, yOff, yRow, 0);
    } else if (transform == Winograd.INPUT) {
      input(1, n, x0, at0, x1, at1, x2, at2, x3, at3, x4, at4, x5, at5, 0, y, yOff, yRow, 0);
    } else if (small) {
      smallOutputGradient(1, n, x0, at0, x1, at1, 0, y, yOff, yRow, 0);
    } else {
      outputGradient(1, n, x0, at0, x1, at1, x2, at2, x3, at3, 0, y, yOff, yRow, 0);
    }
  }

  /** OUTPUT, WEIGHT and WEIGHT_GRADIENT. */
  static void apply(
      Winograd transform,
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
    int run = Winograd.RUN / depth;
    for (int t = 0; t < tiles; t += run) {
      int n = Math.min(run, tiles - t);
      for (int c = 0; c < channels; c += depth) {
        int d = Math.min(depth, channels - c);
        int from = xOff + t * channels + c;
        int to = yOff + t * columns * channels + c;
        run(
            transform, rows, columns, n, d, channels, x, from, xRow, xCol, y, to, yRow, yCol, work,
            workOff);
      }
    }
  }

  /** So many channels, {@code depth}, of so many tiles as the work space holds. */
  private static void run(
      Winograd transform,
      int rows,
      int columns,
      int tiles,
      int depth,
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
    int in = transform.inputs(columns);
    int wCol = tiles * depth; // the work space has a stretch of tiles for each column
    int wRow = in * wCol;
    int groups = depth == channels ? 1 : tiles;
    for (int j = 0; j < in; j++) {
      if (Winograd.has(j, columns)) {
        int from = xOff + j * xCol;
        int to = workOff + j * wCol;
        line(
            transform, rows, groups, wCol / groups, x, from, xRow, channels, work, to, wRow, depth);
      }
    }
    for (int i = 0; i < transform.outputs(rows); i++) {
      int from = workOff + i * wRow;
      int to = yOff + i * yRow;
      int yTile = columns * channels;
      line(transform, columns, tiles, depth, work, from, wCol, depth, y, to, yCol, yTile);
    }
  }

  /**
   * Applies L to vectors of n adjacent elements, {@code groups} times. Element k of a vector is
   * {@code k * xStep} further on, a group {@code xGroup}; likewise y. So do all that follow.
   */
  private static void line(
      Winograd transform,
      int tile,
      int groups,
      int n,
      float[] x,
      int xOff,
      int xStep,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    boolean small = tile == Winograd.SMALL_TILE;
    switch (transform) {
      case INPUT -> {
        if (small) {
          smallInput(
              groups,
              n,
              x,
              xOff,
              x,
              xOff + xStep,
              x,
              xOff + 2 * xStep,
              x,
              xOff + 3 * xStep,
              xGroup,
              y,
              yOff,
              yStep,
              yGroup);
        } else {
          input(
              groups,
              n,
              x,
              xOff,
              x,
              xOff + xStep,
              x,
              xOff + 2 * xStep,
              x,
              xOff + 3 * xStep,
              x,
              xOff + 4 * xStep,
              x,
              xOff + 5 * xStep,
              xGroup,
              y,
              yOff,
              yStep,
              yGroup);
        }
      }
      case OUTPUT -> {
        if (small) {
          smallOutput(groups, n, x, xOff, xStep, xGroup, y, yOff, yStep, yGroup);
        } else {
          output(groups, n, x, xOff, xStep, xGroup, y, yOff, yStep, yGroup);
        }
      }
      case OUTPUT_GRADIENT -> {
        if (small) {
          smallOutputGradient(groups, n, x, xOff, x, xOff + xStep, xGroup, y, yOff, yStep, yGroup);
        } else {
          outputGradient(
              groups,
              n,
              x,
              xOff,
              x,
              xOff + xStep,
              x,
              xOff + 2 * xStep,
              x,
              xOff + 3 * xStep,
              xGroup,
              y,
              yOff,
              yStep,
              yGroup);
        }
      }
      case WEIGHT -> weight(n, x, xOff, xStep, y, yOff, yStep);
      case WEIGHT_GRADIENT -> weightGradient(n, x, xOff, xStep, y, yOff, yStep);
      default -> throw new AssertionError(transform);
    }
  }

  private static void input(
      int groups,
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
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, a0, at0 + from + i);
        FloatVector x1 = FloatVector.fromArray(S, a1, at1 + from + i);
        FloatVector x2 = FloatVector.fromArray(S, a2, at2 + from + i);
        FloatVector x3 = FloatVector.fromArray(S, a3, at3 + from + i);
        FloatVector x4 = FloatVector.fromArray(S, a4, at4 + from + i);
        FloatVector x5 = FloatVector.fromArray(S, a5, at5 + from + i);
        FloatVector four = FloatVector.broadcast(S, 4f);
        FloatVector minusFour = FloatVector.broadcast(S, -4f);
        FloatVector minusFive = FloatVector.broadcast(S, -5f);
        FloatVector even = minusFour.fma(x2, x4);
        FloatVector odd = minusFour.fma(x1, x3);
        FloatVector outer = x4.sub(x2);
        FloatVector inner = x3.sub(x1);
        four.fma(x0, minusFive.fma(x2, x4)).intoArray(y, to + i);
        even.add(odd).intoArray(y, to + i + yStep);
        even.sub(odd).intoArray(y, to + i + 2 * yStep);
        FloatVector.broadcast(S, 2f).fma(inner, outer).intoArray(y, to + i + 3 * yStep);
        FloatVector.broadcast(S, -2f).fma(inner, outer).intoArray(y, to + i + 4 * yStep);
        four.fma(x1, minusFive.fma(x3, x5)).intoArray(y, to + i + 5 * yStep);
      }
    }
  }

  private static void output(
      int groups,
      int n,
      float[] x,
      int xOff,
      int xStep,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = xOff + g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, x, from + i);
        FloatVector x1 = FloatVector.fromArray(S, x, from + i + xStep);
        FloatVector x2 = FloatVector.fromArray(S, x, from + i + 2 * xStep);
        FloatVector x3 = FloatVector.fromArray(S, x, from + i + 3 * xStep);
        FloatVector x4 = FloatVector.fromArray(S, x, from + i + 4 * xStep);
        FloatVector x5 = FloatVector.fromArray(S, x, from + i + 5 * xStep);
        FloatVector sum1 = x1.add(x2);
        FloatVector difference1 = x1.sub(x2);
        FloatVector sum2 = x3.add(x4);
        FloatVector difference2 = x3.sub(x4);
        x0.add(sum1).add(sum2).intoArray(y, to + i);
        FloatVector.broadcast(S, 2f).fma(difference2, difference1).intoArray(y, to + i + yStep);
        FloatVector.broadcast(S, 4f).fma(sum2, sum1).intoArray(y, to + i + 2 * yStep);
        FloatVector.broadcast(S, 8f)
            .fma(difference2, difference1)
            .add(x5)
            .intoArray(y, to + i + 3 * yStep);
      }
    }
  }

  private static void outputGradient(
      int groups,
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      float[] a2,
      int at2,
      float[] a3,
      int at3,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, a0, at0 + from + i);
        FloatVector x1 = FloatVector.fromArray(S, a1, at1 + from + i);
        FloatVector x2 = FloatVector.fromArray(S, a2, at2 + from + i);
        FloatVector x3 = FloatVector.fromArray(S, a3, at3 + from + i);
        FloatVector four = FloatVector.broadcast(S, 4f);
        FloatVector even1 = x0.add(x2);
        FloatVector odd1 = x1.add(x3);
        FloatVector even2 = four.fma(x2, x0);
        FloatVector odd2 = four.fma(x3, x1);
        x0.intoArray(y, to + i);
        even1.add(odd1).intoArray(y, to + i + yStep);
        even1.sub(odd1).intoArray(y, to + i + 2 * yStep);
        FloatVector.broadcast(S, 2f).fma(odd2, even2).intoArray(y, to + i + 3 * yStep);
        FloatVector.broadcast(S, -2f).fma(odd2, even2).intoArray(y, to + i + 4 * yStep);
        x3.intoArray(y, to + i + 5 * yStep);
      }
    }
  }

  private static void smallInput(
      int groups,
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      float[] a2,
      int at2,
      float[] a3,
      int at3,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, a0, at0 + from + i);
        FloatVector x1 = FloatVector.fromArray(S, a1, at1 + from + i);
        FloatVector x2 = FloatVector.fromArray(S, a2, at2 + from + i);
        FloatVector x3 = FloatVector.fromArray(S, a3, at3 + from + i);
        x0.sub(x2).mul(4f).intoArray(y, to + i);
        x1.add(x2).mul(-3f).intoArray(y, to + i + yStep);
        x1.sub(x2).mul(3f).intoArray(y, to + i + 2 * yStep);
        x3.sub(x1).intoArray(y, to + i + 5 * yStep);
      }
    }
  }

  private static void smallOutput(
      int groups,
      int n,
      float[] x,
      int xOff,
      int xStep,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = xOff + g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, x, from + i);
        FloatVector x1 = FloatVector.fromArray(S, x, from + i + xStep);
        FloatVector x2 = FloatVector.fromArray(S, x, from + i + 2 * xStep);
        FloatVector x5 = FloatVector.fromArray(S, x, from + i + 5 * xStep);
        x0.add(x1).add(x2).intoArray(y, to + i);
        x1.sub(x2).add(x5).intoArray(y, to + i + yStep);
      }
    }
  }

  private static void smallOutputGradient(
      int groups,
      int n,
      float[] a0,
      int at0,
      float[] a1,
      int at1,
      int xGroup,
      float[] y,
      int yOff,
      int yStep,
      int yGroup) {
    for (int g = 0; g < groups; g++) {
      int from = g * xGroup;
      int to = yOff + g * yGroup;
      for (int i = 0; i < n; i += V) {
        FloatVector x0 = FloatVector.fromArray(S, a0, at0 + from + i);
        FloatVector x1 = FloatVector.fromArray(S, a1, at1 + from + i);
        x0.intoArray(y, to + i);
        x0.add(x1).intoArray(y, to + i + yStep);
        x0.sub(x1).intoArray(y, to + i + 2 * yStep);
        x1.intoArray(y, to + i + 5 * yStep);
      }
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
