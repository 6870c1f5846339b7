// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * The im2col matrix of one image, {@code [OH * OW, KH * KW * C]}: a row holds the patch under a
 * window. Written whole, or for some output rows, or transposed; and added back to the pixels.
 *
 * <p>Stateless and thread-safe; arguments are checked by the caller.
 */
public final class Patches {
  private Patches() {}

  /** The rows of output rows {@code from} to {@code to - 1}. */
  public static void gather(
      WindowGrid grid,
      int channels,
      int from,
      int to,
      float[] x,
      int xOff,
      float[] columns,
      int columnsOff) {
    gather(grid, channels, channels, from, to, x, xOff, columns, columnsOff);
  }

  /** The same of some channels, of pixels that are {@code pixel} elements apart. */
  public static void gather(
      WindowGrid grid,
      int channels,
      int pixel,
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
          int xAt = xOff + iy * grid.inputW() * pixel;
          gatherRow(grid, channels, pixel, x, xAt, columns, at, patch);
        }
      }
    }
  }

  /** One kernel row of the windows of one output row; {@code x} at the input row they look at. */
  private static void gatherRow(
      WindowGrid grid,
      int channels,
      int pixel,
      float[] x,
      int xOff,
      float[] columns,
      int at,
      int patch) {
    Window w = grid.window();
    int reach = (w.kernelW() - 1) * w.dilationW();
    // Windows lo to hi - 1 lie within the row.
    int lo = Math.min(grid.outputW(), Math.ceilDiv(grid.padLeft(), w.strideW()));
    int inside = grid.inputW() - 1 - reach + grid.padLeft();
    int hi = inside < 0 ? lo : Math.max(lo, Math.min(grid.outputW(), inside / w.strideW() + 1));
    gatherEdge(grid, channels, pixel, 0, lo, x, xOff, columns, at, patch);
    gatherEdge(grid, channels, pixel, hi, grid.outputW(), x, xOff, columns, at, patch);
    int step = w.strideW() * pixel;
    int from = xOff + (lo * w.strideW() - grid.padLeft()) * pixel;
    int to = at + lo * patch;
    if (w.dilationW() == 1 && pixel == channels) {
      copyRows(hi - lo, w.kernelW() * channels, x, from, step, columns, to, patch);
    } else {
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int tap = from + kx * w.dilationW() * pixel;
        copyRows(hi - lo, channels, x, tap, step, columns, to + kx * channels, patch);
      }
    }
  }

  /** Windows {@code lo} to {@code hi - 1}, which may reach beyond the row. */
  private static void gatherEdge(
      WindowGrid grid,
      int channels,
      int pixel,
      int lo,
      int hi,
      float[] x,
      int xOff,
      float[] columns,
      int at,
      int patch) {
    Window w = grid.window();
    for (int ox = lo; ox < hi; ox++) {
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
        int to = at + ox * patch + kx * channels;
        if (ix < 0 || ix >= grid.inputW()) {
          Arrays.fill(columns, to, to + channels, 0f);
        } else {
          System.arraycopy(x, xOff + ix * pixel, columns, to, channels);
        }
      }
    }
  }

  /** Copies m rows of n elements; short ones column by column, the longer loop innermost. */
  private static void copyRows(
      int m, int n, float[] from, int fromOff, int fromLd, float[] to, int toOff, int toLd) {
    if (n < 16) {
      for (int j = 0; j < n; j++) {
        for (int i = 0, f = fromOff + j, t = toOff + j; i < m; i++, f += fromLd, t += toLd) {
          to[t] = from[f];
        }
      }
    } else {
      for (int i = 0; i < m; i++) {
        System.arraycopy(from, fromOff + i * fromLd, to, toOff + i * toLd, n);
      }
    }
  }

  /** Adds the rows of output rows {@code from} to {@code to - 1}. */
  public static void scatter(
      WindowGrid grid,
      int channels,
      int from,
      int to,
      float[] columns,
      int columnsOff,
      float[] x,
      int xOff) {
    scatter(grid, channels, channels, from, to, columns, columnsOff, x, xOff);
  }

  /** The same to some channels, of pixels that are {@code pixel} elements apart. */
  public static void scatter(
      WindowGrid grid,
      int channels,
      int pixel,
      int from,
      int to,
      float[] columns,
      int columnsOff,
      float[] x,
      int xOff) {
    Window w = grid.window();
    // The taps of a window row are one run of elements, unless something lies between them.
    int runs = w.dilationW() == 1 && pixel == channels ? 1 : w.kernelW();
    int taps = w.kernelW() / runs;
    int at = columnsOff;
    for (int oy = from; oy < to; oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        for (int ky = 0; ky < w.kernelH(); ky++) {
          int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
          boolean inside = iy >= 0 && iy < grid.inputH();
          for (int run = 0; run < runs; run++, at += taps * channels) {
            int ix = ox * w.strideW() - grid.padLeft() + run * w.dilationW();
            int lo = Math.clamp(-(long) ix, 0, taps);
            int hi = Math.clamp((long) grid.inputW() - ix, lo, taps);
            if (inside) {
              int first = xOff + (iy * grid.inputW() + ix + lo) * pixel;
              add((hi - lo) * channels, columns, at + lo * channels, x, first);
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
