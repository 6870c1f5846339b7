// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * An image as planes: each channel by itself, so that pixels lie side by side and can be the lanes
 * of a product. This pays where a layer has few output channels.
 *
 * <p>With a stride, the pixels that a tap (ky, kx, c) sees in neighbouring windows are a stride
 * apart. So each channel is divided into the phases of the stride: rows y and columns x of the
 * padded image with the same {@code y % strideH} and {@code x % strideW} make a plane. What a tap
 * sees of a whole image is then a plane, from some element on, whatever the window, stride and
 * dilation are; every element of the image is copied once. A plane's rows are longer than the
 * output's: the elements between belong to no output.
 *
 * <p>Immutable and thread-safe.
 */
final class PhasePlanes {
  private final WindowGrid grid;
  private final int channels;
  private final ChannelSplit split;
  private final int reach; // rows under a window
  private final int width; // of a plane
  private final int planeFloats;
  private final boolean[] used; // [strideH * strideW]: whether a tap sees the phase
  private final int[] taps;

  /**
   * Lays out the planes for some rows of an image.
   *
   * @param rows output rows at a time, at most
   */
  PhasePlanes(Conv2dShape shape, int rows) {
    grid = shape.grid();
    channels = shape.inChannels();
    split = new ChannelSplit(channels);
    Window w = grid.window();
    reach = (w.kernelH() - 1) * w.dilationH() + 1;
    width = width(grid);
    planeFloats = Check.intProduct("plane", rows + (reach - 1) / w.strideH(), width);
    used = new boolean[w.strideH() * w.strideW()];
    taps = new int[shape.patchSize()];
    int tap = 0;
    for (int ky = 0; ky < w.kernelH(); ky++) {
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int y = ky * w.dilationH();
        int x = kx * w.dilationW();
        int phase = y % w.strideH() * w.strideW() + x % w.strideW();
        used[phase] = true;
        int at = y / w.strideH() * width + x / w.strideW();
        for (int c = 0; c < channels; c++) {
          taps[tap++] = Check.intSum("planes", at, (long) (phase * channels + c) * planeFloats);
        }
      }
    }
  }

  private static int width(WindowGrid grid) {
    return Math.ceilDiv(grid.paddedW(), grid.window().strideW());
  }

  /** Floats of the planes for each output row, approximately. */
  static long rowFloats(Conv2dShape shape) {
    Window w = shape.grid().window();
    return (long) w.strideH() * w.strideW() * width(shape.grid()) * shape.inChannels();
  }

  /** Floats of all planes, and what a product may read after them. */
  int floats() {
    return Check.intSum(
        "planes", TapKernels.PLANE_LANES, (long) used.length * channels * planeFloats);
  }

  /** Elements from one output row to the next. */
  int width() {
    return width;
  }

  /** Where what each tap sees begins, in the order (ky, kx, c); not to be changed. */
  int[] taps() {
    return taps;
  }

  /**
   * Elements of a product over some output rows, rounded up as {@link TapKernels#planeProduct}
   * requires.
   */
  int lanes(int rows) {
    int elements = (rows - 1) * width + grid.outputW();
    return Math.ceilDiv(elements, TapKernels.PLANE_LANES) * TapKernels.PLANE_LANES;
  }

  /** Writes the planes for output rows {@code from} to {@code to - 1} of the image. */
  void write(int from, int to, float[] x, int xOff, float[] planes, int planesOff) {
    Window w = grid.window();
    int rows = (to - from - 1) * w.strideH() + reach;
    for (int r = 0; r < rows; r++) {
      int iy = from * w.strideH() - grid.padTop() + r;
      int at = planesOff + r / w.strideH() * width;
      for (int px = 0; px < w.strideW(); px++) {
        int phase = r % w.strideH() * w.strideW() + px;
        if (used[phase]) {
          int plane = at + phase * channels * planeFloats;
          if (iy < 0 || iy >= grid.inputH()) {
            for (int c = 0; c < channels; c++) {
              Arrays.fill(planes, plane + c * planeFloats, plane + c * planeFloats + width, 0f);
            }
          } else {
            row(px, x, xOff + iy * grid.inputW() * channels, planes, plane);
          }
        }
      }
    }
  }

  /** One phase of one row of the image, of every channel. */
  private void row(int phase, float[] x, int xOff, float[] planes, int at) {
    int stride = grid.window().strideW();
    int left = grid.padLeft() - phase;
    // Columns lo to hi - 1 of the planes lie in the image.
    int lo = Math.min(width, Math.ceilDiv(Math.max(0, left), stride));
    int hi = Math.clamp(Math.floorDiv(grid.inputW() - 1 + left, stride) + 1, lo, width);
    int first = xOff + (lo * stride - left) * channels;
    for (int c = 0; c < channels; c++) {
      int plane = at + c * planeFloats;
      Arrays.fill(planes, plane, plane + lo, 0f);
      Arrays.fill(planes, plane + hi, plane + width, 0f);
    }
    split.write(hi - lo, x, first, stride * channels, planes, at + lo, planeFloats);
  }
}
