// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * The im2col matrix of a layer with few input channels, transposed: what each tap (ky, kx, c) of a
 * kernel sees lies side by side for all output pixels of some rows, the tap's plane. The elements
 * under a window would be scattered; those that a tap sees in neighbouring windows are not.
 *
 * <p>The copying may cost as much as the products. So what one row of the kernel sees is not
 * written again for the next: rows of the image that are a stride apart form a phase, and the
 * planes of kernel rows of the same phase are views of the same elements, shifted by whole rows of
 * the output. And a tap some strides to the right of another sees what that one sees, a few columns
 * further on: its planes are copies in one piece, but for the last columns.
 *
 * <p>Immutable and thread-safe.
 */
final class TapPlanes {
  private final WindowGrid grid;
  private final int channels;
  private final ChannelSplit split;
  private final int taps; // to the nearest one that sees the same columns
  private final int columns; // of the output, to where it sees them
  private final int[]
      extraRows; // of each phase, beyond the output rows; -1 for a phase that no tap sees
  private final int[] begin; // of the planes of a phase
  private final int planeFloats;
  private final int floats;
  private final int[] offsets;

  /**
   * Lays out the planes.
   *
   * @param rows output rows at a time, at most
   */
  TapPlanes(Conv2dShape shape, int rows) {
    grid = shape.grid();
    channels = shape.inChannels();
    split = new ChannelSplit(channels);
    Window w = grid.window();
    int distance = 1;
    while ((long) distance * w.dilationW() % w.strideW() != 0) {
      distance++;
    }
    taps = distance;
    columns = (int) ((long) distance * w.dilationW() / w.strideW());
    int phases = w.strideH();
    extraRows = new int[phases];
    Arrays.fill(extraRows, -1);
    for (int ky = 0; ky < w.kernelH(); ky++) {
      int y = ky * w.dilationH();
      extraRows[y % phases] = Math.max(extraRows[y % phases], y / phases);
    }
    planeFloats =
        Check.intProduct("plane", rows + Arrays.stream(extraRows).max().orElse(0), grid.outputW());
    int perPhase = w.kernelW() * channels;
    begin = new int[phases];
    int planes = 0;
    for (int phase = 0; phase < phases; phase++) {
      begin[phase] = planes;
      planes += extraRows[phase] < 0 ? 0 : perPhase;
    }
    floats = Check.intProduct("planes", planes, planeFloats);
    offsets = new int[shape.patchSize()];
    Arrays.setAll(
        offsets,
        tap -> {
          int y = tap / perPhase * w.dilationH();
          int plane = begin[y % phases] + tap % perPhase;
          return plane * planeFloats + y / phases * grid.outputW();
        });
  }

  /** Floats of all planes. */
  int floats() {
    return floats;
  }

  /** Where each tap's plane begins, in the order (ky, kx, c); not to be changed. */
  int[] offsets() {
    return offsets;
  }

  /** Writes the planes for output rows {@code from} to {@code to - 1} of the image. */
  void write(int from, int to, float[] x, int xOff, float[] planes, int planesOff) {
    for (int phase = 0; phase < begin.length; phase++) {
      if (extraRows[phase] >= 0) {
        int at = planesOff + begin[phase] * planeFloats;
        write(phase, from, to + extraRows[phase], x, xOff, planes, at);
      }
    }
  }

  /** What a row of the kernel sees, {@code phase} rows below the first. */
  private void write(
      int phase, int from, int to, float[] x, int xOff, float[] planes, int planesOff) {
    Window w = grid.window();
    int width = grid.outputW();
    int down = phase - grid.padTop();
    boolean still = channels * w.strideH() * w.strideW() == 1 && width == grid.inputW();
    int tapFloats = channels * planeFloats;
    int plane = planesOff;
    for (int kx = 0; kx < w.kernelW(); kx++, plane += tapFloats) {
      int right = kx * w.dilationW() - grid.padLeft();
      if (still && Math.abs(right) < width) {
        shift(from, to, down, right, x, xOff, planes, plane);
      } else if (kx >= taps && columns < width) {
        int seen = (to - from) * width - columns;
        for (int c = 0, at = plane; c < channels; c++, at += planeFloats) {
          System.arraycopy(planes, at - taps * tapFloats + columns, planes, at, seen);
        }
        columns(width - columns, from, to, down, right, x, xOff, planes, plane);
      } else {
        columns(0, from, to, down, right, x, xOff, planes, plane);
      }
    }
  }

  /** What a tap sees of the columns of the output from {@code first} on. */
  private void columns(
      int first,
      int from,
      int to,
      int down,
      int right,
      float[] x,
      int xOff,
      float[] planes,
      int plane) {
    Window w = grid.window();
    int width = grid.outputW();
    // Columns lo to hi - 1 see the image.
    int lo = Math.clamp(-Math.floorDiv(right, w.strideW()), first, width);
    int hi = Math.clamp(Math.floorDiv(grid.inputW() - 1 - right, w.strideW()) + 1, lo, width);
    for (int oy = from; oy < to; oy++) {
      int at = plane + (oy - from) * width;
      int iy = oy * w.strideH() + down;
      boolean inside = iy >= 0 && iy < grid.inputH();
      for (int c = 0, row = at; c < channels; c++, row += planeFloats) {
        Arrays.fill(planes, row + first, row + (inside ? lo : width), 0f);
        Arrays.fill(planes, row + hi, row + width, 0f);
      }
      if (inside) {
        int seen = xOff + (iy * grid.inputW() + lo * w.strideW() + right) * channels;
        split.write(hi - lo, x, seen, w.strideW() * channels, planes, at + lo, planeFloats);
      }
    }
  }

  /**
   * What a tap sees of a plane that keeps its width: the plane moved by {@code down} rows and
   * {@code right} columns, in one copy; what wraps around at its sides is then set to zero.
   */
  private void shift(
      int from, int to, int down, int right, float[] x, int xOff, float[] planes, int plane) {
    int width = grid.outputW();
    int lo = Math.max(0, -right);
    int hi = Math.min(width, width - right);
    int first = Math.clamp(-down, from, to);
    int last = Math.clamp((long) grid.inputH() - down, first, to);
    int begin = plane + (first - from) * width;
    int end = plane + (last - from) * width;
    Arrays.fill(planes, plane, begin, 0f);
    Arrays.fill(planes, end, plane + (to - from) * width, 0f);
    if (begin == end) {
      return;
    }
    int source = xOff + (first + down) * width + lo + right;
    System.arraycopy(x, source, planes, begin + lo, end - begin - lo - (width - hi));
    for (int row = begin; row < end; row += width) {
      for (int i = 0; i < lo; i++) {
        planes[row + i] = 0f;
      }
      for (int i = hi; i < width; i++) {
        planes[row + i] = 0f;
      }
    }
  }
}
