// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.GroupKernels;
import dev.lanewise.engine.math.Fma;

/** Each kernel as its definition reads. */
final class ReferenceGroups implements GroupKernels {
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
    for (int r = 0; r < rows; r++) {
      for (int q = 0; q < columns; q++) {
        int from = xOff + r * xRow + q * xColumn;
        int to = frameOff + r * frameRow + q * BLOCK;
        for (int l = 0; l < channels; l++) {
          frame[to + l] = x[from + index[indexOff + l]];
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
    for (int r = 0; r < rows; r++) {
      for (int q = 0; q < columns; q++) {
        int from = frameOff + r * frameRow + q * frameColumn;
        int to = yOff + r * yRow + q * yColumn;
        for (int l = 0; l < channels; l++) {
          float sum = start[startOff + l];
          for (int t = 0; t < taps; t++) {
            float seen = frame[from + offsets[t] + l];
            sum = Fma.fma(seen, w[wOff + t * BLOCK + l], sum);
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
    for (int t = 0; t < taps; t++) {
      for (int l = 0; l < channels; l++) {
        float sum = 0f;
        for (int r = 0; r < rows; r++) {
          for (int q = 0; q < columns; q++) {
            int at = frameOff + r * frameRow + q * frameColumn + offsets[t] + l;
            sum = Fma.fma(frame[at], dy[dyOff + r * dyRow + q * dyColumn + l], sum);
          }
        }
        dw[dwOff + t * ldw + l] += sum;
      }
    }
  }
}
