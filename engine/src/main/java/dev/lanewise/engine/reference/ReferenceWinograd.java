// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.kernel.WinogradKernels;

/** Each kernel as its definition reads. */
final class ReferenceWinograd implements WinogradKernels {
  @Override
  public void transformImage(
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
    int in = transform.inputs(columns);
    float[] column = new float[transform.inputs(rows)];
    for (int t = 0; t < tiles; t++) {
      for (int c = 0; c < channels; c++) {
        for (int j = 0; j < in; j++) {
          int pixel = t * columns + j;
          for (int i = 0; i < column.length; i++) {
            boolean row = firstRow <= i && i < endRow;
            boolean inside = row && firstColumn <= pixel && pixel < endColumn;
            column[i] = inside ? x[xOff + i * xRow + pixel * channels + c] : 0f;
          }
          transform.apply(rows, column, 0, 1, work, workOff + j, in);
        }
        for (int r = 0; r < transform.outputs(rows); r++) {
          if (Winograd.has(r, rows)) {
            int to = yOff + r * yRow + t * channels + c;
            transform.apply(columns, work, workOff + r * in, 1, y, to, yCol);
          }
        }
      }
    }
  }

  @Override
  public void transformOutput(
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
    for (int i = 0; i < tiles * channels; i++) {
      int to = yOff + i / channels * columns * channels + i % channels;
      apply(
          Winograd.OUTPUT,
          rows,
          columns,
          x,
          xOff + i,
          xRow,
          xCol,
          y,
          to,
          yRow,
          yCol,
          work,
          workOff);
    }
  }

  @Override
  public void transformWeights(
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
    int tile = Winograd.TILE;
    for (int i = 0; i < pairs; i++) {
      apply(transform, tile, tile, x, xOff + i, xRow, xCol, y, yOff + i, yRow, yCol, work, workOff);
    }
  }

  private static void apply(
      Winograd transform,
      int rows,
      int columns,
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
    for (int j = 0; j < in; j++) {
      if (Winograd.has(j, columns)) {
        transform.apply(rows, x, xOff + j * xCol, xRow, work, workOff + j, in);
      }
    }
    for (int r = 0; r < transform.outputs(rows); r++) {
      transform.apply(columns, work, workOff + r * in, 1, y, yOff + r * yRow, yCol);
    }
  }
}
