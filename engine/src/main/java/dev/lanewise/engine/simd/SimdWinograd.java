// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.kernel.WinogradKernels;

/** Winograd's transforms. */
final class SimdWinograd implements WinogradKernels {
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
    WinogradImageTransforms.apply(
        transform,
        rows,
        columns,
        tiles,
        channels,
        x,
        xOff,
        xRow,
        firstRow,
        endRow,
        firstColumn,
        endColumn,
        y,
        yOff,
        yRow,
        yCol,
        work,
        workOff);
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
    WinogradTransforms.output(
        rows, columns, tiles, channels, x, xOff, xRow, xCol, y, yOff, yRow, yCol, work, workOff);
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
    WinogradTransforms.weights(
        transform, pairs, x, xOff, xRow, xCol, y, yOff, yRow, yCol, work, workOff);
  }
}
