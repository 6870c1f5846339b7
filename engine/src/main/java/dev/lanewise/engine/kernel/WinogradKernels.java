// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * {@link Winograd}'s transforms with channels across the lanes, on one thread. See {@link Kernels}
 * for what holds for all kernels.
 */
public interface WinogradKernels {
  /**
   * One of Winograd's transforms of neighbouring tiles of an image, INPUT or OUTPUT_GRADIENT, for
   * every channel: {@code Y = L X R^T}, L for the rows of the tile and R for its columns. First L
   * is applied down the columns, then R along the rows, each time by the chain of operations that
   * {@link Winograd#apply} writes down.
   *
   * <p>Layouts: {@code X[i][j][c] = x[xOff + i * xRow + j * channels + c]}; each tile begins {@code
   * columns} columns after the one before. {@code Y[i][j][c] = y[yOff + i * yRow + j * yCol + c]};
   * each tile follows the one before at once.
   *
   * @param transform which one
   * @param rows of the output tile: 4 or 2
   * @param columns of the output tile, likewise
   * @param tiles how many, from left to right
   * @param channels a multiple of 16
   * @param x the image
   * @param xOff index of X[0][0][0], which may lie outside the image and the array
   * @param xRow distance between rows of X
   * @param firstRow the first row of X that lies in the image; those before it are zero
   * @param endRow the first row behind, or a larger number; that one and the following are zero
   * @param firstColumn likewise, counted from the first tile
   * @param endColumn likewise
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void transformImage(
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
      int workOff);

  /**
   * OUTPUT, of neighbouring tiles, in the same way.
   *
   * <p>Layouts: {@code X[i][j][c] = x[xOff + i * xRow + j * xCol + c]}, each tile follows the one
   * before at once. Y likewise, but each tile begins {@code columns} columns after the one before.
   *
   * @param rows of the output tile: 4 or 2
   * @param columns of the output tile, likewise
   * @param tiles how many, from left to right
   * @param channels a multiple of 16
   * @param x input
   * @param xOff index of X[0][0][0]
   * @param xRow distance between rows of X
   * @param xCol distance between columns of X
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y; {@code channels} where there are several tiles
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void transformOutput(
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
      int workOff);

  /**
   * WEIGHT or WEIGHT_GRADIENT, for every pair of an input and an output channel, in the same way.
   *
   * <p>Layouts: {@code X[i][j][p] = x[xOff + i * xRow + j * xCol + p]}, Y likewise.
   *
   * @param transform which one
   * @param pairs a multiple of 16
   * @param x input
   * @param xOff index of X[0][0][0]
   * @param xRow distance between rows of X
   * @param xCol distance between columns of X
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void transformWeights(
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
      int workOff);
}
