// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;

/** Splits pixels into their channels. Immutable and thread-safe. */
final class ChannelSplit {
  /** From this many channels on, a transpose of squares is faster than a copy of each channel. */
  private static final int SQUARES = 8;

  private final int channels;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();

  ChannelSplit(int channels) {
    this.channels = channels;
  }

  /**
   * {@code planes[c * planeFloats + i] = x[i * step + c]}.
   *
   * @param pixels how many, i &lt; pixels
   * @param step elements of x from one pixel to the next
   */
  void write(
      int pixels, float[] x, int xOff, int step, float[] planes, int planesOff, int planeFloats) {
    if (pixels == 0) {
      return; // or the first element may lie outside the array
    }
    if (channels >= SQUARES) {
      matrix.transpose(pixels, channels, x, xOff, step, planes, planesOff, planeFloats);
      return;
    }
    for (int c = 0; c < channels; c++) {
      copy(pixels, x, xOff + c, step, planes, planesOff + c * planeFloats);
    }
  }

  private static void copy(int n, float[] from, int fromOff, int step, float[] to, int toOff) {
    if (step == 1) {
      System.arraycopy(from, fromOff, to, toOff, n);
    } else {
      for (int i = 0; i < n; i++) {
        to[toOff + i] = from[fromOff + i * step];
      }
    }
  }
}
