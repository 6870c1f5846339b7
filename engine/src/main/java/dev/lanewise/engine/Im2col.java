package dev.lanewise.engine;

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
   * @param xOff its first element
   * @param columns receives {@code [OH * OW, KH * KW * C]}; padding becomes 0
   * @param columnsOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array or they overlap
   */
  public static void im2col(
      WindowGrid grid, int channels, float[] x, int xOff, float[] columns, int columnsOff) {
    check(grid, channels, x, xOff, columns, columnsOff);
    gather(grid, channels, 0, grid.outputH(), x, xOff, columns, columnsOff);
  }

  /**
   * Adds the rows of a matrix of windows to the pixels they stand for.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param columns {@code [OH * OW, KH * KW * C]}; what stands for padding is dropped
   * @param columnsOff its first element
   * @param x receives the image, {@code [H, W, C]}, overwritten
   * @param xOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array or they overlap
   */
  public static void col2im(
      WindowGrid grid, int channels, float[] columns, int columnsOff, float[] x, int xOff) {
    check(grid, channels, x, xOff, columns, columnsOff);
    Arrays.fill(x, xOff, xOff + grid.inputPixels() * channels, 0f);
    scatter(grid, channels, 0, grid.outputH(), columns, columnsOff, x, xOff);
  }

  private static void check(
      WindowGrid grid, int channels, float[] x, int xOff, float[] columns, int columnsOff) {
    Check.positive("channels", channels);
    Window w = grid.window();
    long pixels = Check.intProduct("image", grid.inputH(), grid.inputW(), channels);
    long size =
        Check.intProduct(
            "columns", grid.outputH(), grid.outputW(), w.kernelH(), w.kernelW(), channels);
    Check.range("x", x.length, xOff, pixels);
    Check.range("columns", columns.length, columnsOff, size);
    Check.disjoint("columns", columns, columnsOff, size, "x", x, xOff, pixels);
  }

  /** The rows of output rows {@code from} to {@code to - 1}. */
  static void gather(
      WindowGrid grid,
      int channels,
      int from,
      int to,
      float[] x,
      int xOff,
      float[] columns,
      int columnsOff) {
    Window w = grid.window();
    int row = w.kernelW() * channels;
    int patch = w.kernelH() * row;
    for (int oy = from; oy < to; oy++) {
      for (int ky = 0; ky < w.kernelH(); ky++) {
        int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
        int at = columnsOff + (oy - from) * grid.outputW() * patch + ky * row;
        if (iy < 0 || iy >= grid.inputH()) {
          for (int ox = 0; ox < grid.outputW(); ox++, at += patch) {
            Arrays.fill(columns, at, at + row, 0f);
          }
        } else {
          gatherRow(grid, channels, x, xOff + iy * grid.inputW() * channels, columns, at, patch);
        }
      }
    }
  }

  /** One kernel row of the windows of one output row; {@code x} at the input row they look at. */
  private static void gatherRow(
      WindowGrid grid, int channels, float[] x, int xOff, float[] columns, int at, int patch) {
    Window w = grid.window();
    int width = grid.inputW();
    int reach = (w.kernelW() - 1) * w.dilationW();
    boolean contiguous = w.dilationW() == 1;
    int row = w.kernelW() * channels;
    for (int ox = 0; ox < grid.outputW(); ox++, at += patch) {
      int ix = ox * w.strideW() - grid.padLeft();
      if (contiguous && ix >= 0 && ix + reach < width) {
        copy(row, x, xOff + ix * channels, columns, at);
        continue;
      }
      for (int kx = 0, to = at; kx < w.kernelW(); kx++, to += channels, ix += w.dilationW()) {
        if (ix < 0 || ix >= width) {
          Arrays.fill(columns, to, to + channels, 0f);
        } else {
          copy(channels, x, xOff + ix * channels, columns, to);
        }
      }
    }
  }

  /** A call of arraycopy costs more than a few elements do. */
  private static void copy(int n, float[] from, int fromOff, float[] to, int toOff) {
    if (n < 16) {
      for (int i = 0; i < n; i++) {
        to[toOff + i] = from[fromOff + i];
      }
    } else {
      System.arraycopy(from, fromOff, to, toOff, n);
    }
  }

  /** Adds the rows of output rows {@code from} to {@code to - 1}. */
  static void scatter(
      WindowGrid grid,
      int channels,
      int from,
      int to,
      float[] columns,
      int columnsOff,
      float[] x,
      int xOff) {
    Window w = grid.window();
    int at = columnsOff;
    for (int oy = from; oy < to; oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        for (int ky = 0; ky < w.kernelH(); ky++) {
          int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
          for (int kx = 0; kx < w.kernelW(); kx++, at += channels) {
            int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
            if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
              add(channels, columns, at, x, xOff + (iy * grid.inputW() + ix) * channels);
            }
          }
        }
      }
    }
  }

  private static void add(int n, float[] from, int fromOff, float[] to, int toOff) {
    for (int i = 0; i < n; i++) {
      to[toOff + i] += from[fromOff + i];
    }
  }
}
