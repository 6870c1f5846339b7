// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.direct.Patches;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * The textbook formulation of convolution (Chellapilla, Puri and Simard, "High performance
 * convolutional neural networks for document processing", 2006): im2col writes the pixels under
 * each window as one row of a matrix, so that a convolution becomes a matrix product; col2im is its
 * adjoint and adds each row back to the pixels it came from.
 *
 * <p>For one image. Stateless and thread-safe. The same bits with any back end: im2col copies, and
 * col2im adds in row-major order of windows and, within a window, of pixels.
 */
public final class Im2col {
  private Im2col() {}

  /**
   * Writes the matrix of windows.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param x the image, {@code [H, W, C]}
   * @param columns receives {@code [OH * OW, KH * KW * C]}; padding becomes 0
   * @throws IllegalArgumentException if an operand is too short or they overlap; nothing is written
   *     then
   */
  public static void im2col(WindowGrid grid, int channels, Floats x, Floats columns) {
    check(grid, channels, x, columns);
    Patches.gather(
        grid, channels, 0, grid.outputH(), x.data, x.offset, columns.data, columns.offset);
  }

  /**
   * Adds the rows of a matrix of windows to the pixels they stand for.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param columns {@code [OH * OW, KH * KW * C]}; what stands for padding is dropped
   * @param x receives the image, {@code [H, W, C]}, overwritten
   * @throws IllegalArgumentException if an operand is too short or they overlap; nothing is written
   *     then
   */
  public static void col2im(WindowGrid grid, int channels, Floats columns, Floats x) {
    check(grid, channels, x, columns);
    Arrays.fill(x.data, x.offset, x.offset + grid.inputPixels() * channels, 0f);
    Patches.scatter(
        grid, channels, 0, grid.outputH(), columns.data, columns.offset, x.data, x.offset);
  }

  private static void check(WindowGrid grid, int channels, Floats x, Floats columns) {
    Check.positive("channels", channels);
    Window w = grid.window();
    long pixels = Check.intProduct("image", grid.inputH(), grid.inputW(), channels);
    long size =
        Check.intProduct(
            "columns", grid.outputH(), grid.outputW(), w.kernelH(), w.kernelW(), channels);
    Operands.holds("x", x, pixels);
    Operands.holds("columns", columns, size);
    Operands.disjoint("columns", columns, size, "x", x, pixels);
  }
}
