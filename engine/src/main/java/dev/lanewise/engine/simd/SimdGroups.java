// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import dev.lanewise.engine.kernel.GroupKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolutions with groups of few channels: a vector of channels at a time, for all pixels ({@link
 * GroupSums}, {@link GroupGradients}). Where the array ends too early for the whole vectors of its
 * last pixel, channels are taken one by one.
 */
final class SimdGroups implements GroupKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  @Override
  public void spread(
      int rows,
      int columns,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] index,
      int indexOff,
      float[] frame,
      int frameOff,
      int frameRow) {
    int last = xOff + (rows - 1) * xRow + (columns - 1) * xColumn;
    for (int l = 0; l < channels; l += V) {
      int lanes = Math.min(V, channels - l);
      int first = index[indexOff + l];
      if (contiguous(index, indexOff + l, lanes) && last + first + V <= x.length) {
        copy(rows, columns, x, xOff + first, xRow, xColumn, frame, frameOff + l, frameRow);
      } else if (near(index, indexOff + l) && last + first + V <= x.length) {
        rearrange(
            rows,
            columns,
            x,
            xOff + first,
            xRow,
            xColumn,
            index,
            indexOff + l,
            frame,
            frameOff + l,
            frameRow);
      } else {
        gather(
            rows,
            columns,
            lanes,
            x,
            xOff,
            xRow,
            xColumn,
            index,
            indexOff + l,
            frame,
            frameOff + l,
            frameRow);
      }
    }
  }

  private static boolean contiguous(int[] index, int from, int n) {
    for (int i = 1; i < n; i++) {
      if (index[from + i] != index[from] + i) {
        return false;
      }
    }
    return true;
  }

  /** Whether a vector from the first channel on has them all. */
  private static boolean near(int[] index, int from) {
    if (from + V > index.length) {
      return false;
    }
    for (int i = 1; i < V; i++) {
      int distance = index[from + i] - index[from];
      if (distance < 0 || distance >= V) {
        return false;
      }
    }
    return true;
  }

  private static void rearrange(
      int rows,
      int columns,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] index,
      int indexOff,
      float[] frame,
      int frameOff,
      int frameRow) {
    VectorShuffle<Float> order =
        IntVector.fromArray(I, index, indexOff).sub(index[indexOff]).toShuffle().cast(S);
    int end = columns;
    int from = xOff;
    int to = frameOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        from += xRow - columns * xColumn;
        to += frameRow - columns * BLOCK;
      }
      FLOAT.cast(FloatVector.fromArray(S, x, from).rearrange(order)).intoArray(frame, to);
      from += xColumn;
      to += BLOCK;
    }
  }

  private static void copy(
      int rows,
      int columns,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      float[] frame,
      int frameOff,
      int frameRow) {
    int end = columns;
    int from = xOff;
    int to = frameOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        from += xRow - columns * xColumn;
        to += frameRow - columns * BLOCK;
      }
      FLOAT.cast(FloatVector.fromArray(S, x, from)).intoArray(frame, to);
      from += xColumn;
      to += BLOCK;
    }
  }

  private static void gather(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] index,
      int indexOff,
      float[] frame,
      int frameOff,
      int frameRow) {
    for (int r = 0; r < rows; r++) {
      for (int l = 0; l < lanes; l++) {
        int from = xOff + r * xRow + index[indexOff + l];
        int to = frameOff + r * frameRow + l;
        for (int q = 0; q < columns; q++) {
          frame[to + q * BLOCK] = x[from + q * xColumn];
        }
      }
    }
  }

  @Override
  public void tapSums(
      int rows,
      int columns,
      int channels,
      int taps,
      float[] frame,
      int frameOff,
      int frameRow,
      int frameColumn,
      int[] offsets,
      float[] w,
      int wOff,
      float[] start,
      int startOff,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    int last = yOff + (rows - 1) * yRow + (columns - 1) * yColumn;
    for (int l = 0; l < channels; l += V) {
      int lanes = Math.min(V, channels - l);
      if (last + l + V <= y.length && startOff + l + V <= start.length) {
        vectorSums(
            rows,
            columns,
            lanes,
            taps,
            frame,
            frameOff + l,
            frameRow,
            frameColumn,
            offsets,
            w,
            wOff + l,
            start,
            startOff + l,
            y,
            yOff + l,
            yRow,
            yColumn);
      } else {
        scalarSums(
            rows,
            columns,
            lanes,
            taps,
            frame,
            frameOff + l,
            frameRow,
            frameColumn,
            offsets,
            w,
            wOff + l,
            start,
            startOff + l,
            y,
            yOff + l,
            yRow,
            yColumn);
      }
    }
  }

  /** As many taps at a time as there are registers for; later ones continue the sums in y. */
  private static void vectorSums(
      int rows,
      int columns,
      int lanes,
      int taps,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      float[] w,
      int wOff,
      float[] start,
      int startOff,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    float[] d = start;
    int dOff = startOff;
    int dRow = 0;
    int dColumn = 0;
    int done = 0;
    do {
      int left = taps - done;
      int wAt = wOff + done * BLOCK;
      if (left >= 9 && GroupSums.areSquare(offsets, done)) {
        int paired = xColumn == BLOCK ? columns / 2 * 2 : 0;
        if (paired > 0) {
          GroupSums.pairs(
              rows,
              paired / 2,
              lanes,
              x,
              xOff,
              xRow,
              offsets,
              done,
              w,
              wAt,
              d,
              dOff,
              dRow,
              dColumn,
              y,
              yOff,
              yRow,
              yColumn);
        }
        if (paired < columns) {
          GroupSums.square(
              rows,
              columns - paired,
              lanes,
              x,
              xOff + paired * xColumn,
              xRow,
              xColumn,
              offsets,
              done,
              w,
              wAt,
              d,
              dOff + paired * dColumn,
              dRow,
              dColumn,
              y,
              yOff + paired * yColumn,
              yRow,
              yColumn);
        }
        done += 9;
      } else if (left >= 9) {
        GroupSums.nine(
            rows, columns, lanes, x, xOff, xRow, xColumn, offsets, done, w, wAt, d, dOff, dRow,
            dColumn, y, yOff, yRow, yColumn);
        done += 9;
      } else if (left >= 4) {
        GroupSums.four(
            rows, columns, lanes, x, xOff, xRow, xColumn, offsets, done, w, wAt, d, dOff, dRow,
            dColumn, y, yOff, yRow, yColumn);
        done += 4;
      } else if (left >= 2) {
        GroupSums.two(
            rows, columns, lanes, x, xOff, xRow, xColumn, offsets, done, w, wAt, d, dOff, dRow,
            dColumn, y, yOff, yRow, yColumn);
        done += 2;
      } else if (left == 1) {
        GroupSums.one(
            rows, columns, lanes, x, xOff, xRow, xColumn, offsets, done, w, wAt, d, dOff, dRow,
            dColumn, y, yOff, yRow, yColumn);
        done += 1;
      } else {
        GroupSums.none(rows, columns, lanes, d, dOff, y, yOff, yRow, yColumn);
      }
      d = y;
      dOff = yOff;
      dRow = yRow;
      dColumn = yColumn;
    } while (done < taps);
  }

  private static void scalarSums(
      int rows,
      int columns,
      int lanes,
      int taps,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      float[] w,
      int wOff,
      float[] start,
      int startOff,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    for (int r = 0; r < rows; r++) {
      for (int q = 0; q < columns; q++) {
        int from = xOff + r * xRow + q * xColumn;
        int to = yOff + r * yRow + q * yColumn;
        for (int l = 0; l < lanes; l++) {
          float sum = start[startOff + l];
          for (int t = 0; t < taps; t++) {
            sum = Math.fma(x[from + offsets[t] + l], w[wOff + t * BLOCK + l], sum);
          }
          y[to + l] = sum;
        }
      }
    }
  }

  @Override
  public void tapGradients(
      int rows,
      int columns,
      int channels,
      int taps,
      float[] frame,
      int frameOff,
      int frameRow,
      int frameColumn,
      int[] offsets,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw,
      float[] work,
      int workOff) {
    int lastDy = dyOff + (rows - 1) * dyRow + (columns - 1) * dyColumn;
    int lastDw = dwOff + (taps - 1) * ldw;
    for (int l = 0; l < channels; l += V) {
      int lanes = Math.min(V, channels - l);
      if (lastDy + l + V <= dy.length && lastDw + l + V <= dw.length) {
        vectorGradients(
            rows,
            columns,
            lanes,
            taps,
            frame,
            frameOff + l,
            frameRow,
            frameColumn,
            offsets,
            dy,
            dyOff + l,
            dyRow,
            dyColumn,
            dw,
            dwOff + l,
            ldw,
            work,
            workOff);
      } else {
        scalarGradients(
            rows,
            columns,
            lanes,
            taps,
            frame,
            frameOff + l,
            frameRow,
            frameColumn,
            offsets,
            dy,
            dyOff + l,
            dyRow,
            dyColumn,
            dw,
            dwOff + l,
            ldw);
      }
    }
  }

  private static void vectorGradients(
      int rows,
      int columns,
      int lanes,
      int taps,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw,
      float[] work,
      int workOff) {
    for (int t = 0; t < taps; t += GroupGradients.TAPS) {
      int n = Math.min(GroupGradients.TAPS, taps - t);
      int to = dwOff + t * ldw;
      if (n == 9 && GroupSums.areSquare(offsets, t)) {
        GroupGradients.square(
            rows, columns, lanes, x, xOff, xRow, xColumn, offsets, t, dy, dyOff, dyRow, dyColumn,
            dw, to, ldw, work, workOff);
      } else {
        GroupGradients.nine(
            rows, columns, lanes, n, x, xOff, xRow, xColumn, offsets, t, dy, dyOff, dyRow, dyColumn,
            dw, to, ldw, work, workOff);
      }
    }
  }

  private static void scalarGradients(
      int rows,
      int columns,
      int lanes,
      int taps,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw) {
    for (int t = 0; t < taps; t++) {
      for (int l = 0; l < lanes; l++) {
        float sum = 0f;
        for (int r = 0; r < rows; r++) {
          int from = xOff + r * xRow + offsets[t] + l;
          int by = dyOff + r * dyRow + l;
          for (int q = 0; q < columns; q++) {
            sum = Math.fma(x[from + q * xColumn], dy[by + q * dyColumn], sum);
          }
        }
        dw[dwOff + t * ldw + l] += sum;
      }
    }
  }
}
