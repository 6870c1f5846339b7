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
    int reach = (w.kernelW() - 1) * w.dilationW();
    // Windows lo to hi - 1 lie within the row.
    int lo = Math.min(grid.outputW(), Math.ceilDiv(grid.padLeft(), w.strideW()));
    int inside = grid.inputW() - 1 - reach + grid.padLeft();
    int hi = inside < 0 ? lo : Math.max(lo, Math.min(grid.outputW(), inside / w.strideW() + 1));
    gatherEdge(grid, channels, 0, lo, x, xOff, columns, at, patch);
    gatherEdge(grid, channels, hi, grid.outputW(), x, xOff, columns, at, patch);
    int step = w.strideW() * channels;
    int from = xOff + (lo * w.strideW() - grid.padLeft()) * channels;
    int to = at + lo * patch;
    if (w.dilationW() == 1) {
      copyRows(hi - lo, w.kernelW() * channels, x, from, step, columns, to, patch);
    } else {
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int tap = from + kx * w.dilationW() * channels;
        copyRows(hi - lo, channels, x, tap, step, columns, to + kx * channels, patch);
      }
    }
  }

  /** Windows {@code lo} to {@code hi - 1}, which may reach beyond the row. */
  private static void gatherEdge(
      WindowGrid grid,
      int channels,
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
          System.arraycopy(x, xOff + ix * channels, columns, to, channels);
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

  /**
   * What a row of the kernel sees, {@code phase} rows below the first, as columns: {@code [KW * C,
   * windows]}, each {@code planeFloats} after the one before; see {@link TapPlanes}.
   */
  static void gatherTransposed(
      WindowGrid grid,
      int phase,
      int channels,
      int from,
      int to,
      float[] x,
      int xOff,
      float[] out,
      int outOff,
      int planeFloats) {
    Window w = grid.window();
    int step = w.strideW() * channels;
    int plane = outOff;
    for (int kx = 0; kx < w.kernelW(); kx++) {
      int shift = kx * w.dilationW() - grid.padLeft();
      // Windows lo to hi - 1 of a row see the image through this tap.
      int lo = Math.clamp(-Math.floorDiv(shift, w.strideW()), 0, grid.outputW());
      int hi =
          Math.clamp(Math.floorDiv(grid.inputW() - 1 - shift, w.strideW()) + 1, lo, grid.outputW());
      if (step == 1 && w.strideH() == 1 && grid.outputW() == grid.inputW() && lo < hi) {
        int down = phase - grid.padTop();
        shiftPlane(grid, from, to, down, shift, lo, hi, x, xOff, out, plane);
        plane += planeFloats;
        continue;
      }
      for (int c = 0; c < channels; c++, plane += planeFloats) {
        for (int oy = from; oy < to; oy++) {
          int at = plane + (oy - from) * grid.outputW();
          int iy = oy * w.strideH() - grid.padTop() + phase;
          if (iy < 0 || iy >= grid.inputH()) {
            Arrays.fill(out, at, at + grid.outputW(), 0f);
            continue;
          }
          Arrays.fill(out, at, at + lo, 0f);
          Arrays.fill(out, at + hi, at + grid.outputW(), 0f);
          if (lo < hi) { // or the first element may lie outside the array
            int first = (iy * grid.inputW() + lo * w.strideW() + shift) * channels + c;
            copyStrided(hi - lo, x, xOff + first, step, out, at + lo);
          }
        }
      }
    }
  }

  /**
   * What one tap sees of a plane that keeps its width: the plane moved by {@code down} rows and
   * {@code right} columns, in one copy; what wraps around at its sides is then set to zero.
   *
   * @param lo the first column that sees the plane
   * @param hi one past the last
   */
  private static void shiftPlane(
      WindowGrid grid,
      int from,
      int to,
      int down,
      int right,
      int lo,
      int hi,
      float[] x,
      int xOff,
      float[] out,
      int outOff) {
    int width = grid.outputW();
    int first = Math.clamp(-down, from, to);
    int last = Math.clamp((long) grid.inputH() - down, first, to);
    int begin = outOff + (first - from) * width;
    int end = outOff + (last - from) * width;
    Arrays.fill(out, outOff, begin, 0f);
    Arrays.fill(out, end, outOff + (to - from) * width, 0f);
    if (begin == end) {
      return;
    }
    int source = xOff + (first + down) * width + lo + right;
    System.arraycopy(x, source, out, begin + lo, end - begin - lo - (width - hi));
    for (int row = begin; row < end; row += width) {
      for (int i = 0; i < lo; i++) {
        out[row + i] = 0f;
      }
      for (int i = hi; i < width; i++) {
        out[row + i] = 0f;
      }
    }
  }

  private static void copyStrided(
      int n, float[] from, int fromOff, int step, float[] to, int toOff) {
    if (step == 1) {
      System.arraycopy(from, fromOff, to, toOff, n);
    } else {
      for (int i = 0; i < n; i++) {
        to[toOff + i] = from[fromOff + i * step];
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
