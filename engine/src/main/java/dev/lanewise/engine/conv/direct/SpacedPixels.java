// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;

/**
 * The pixels that a 1x1 window sees, copied to where they lie at a better distance. A tile of a
 * product reads 14 of them at once; a multiple of 4 KiB apart, all of these streams would share one
 * set of the L1 cache, which holds eight to twelve lines. Immutable and thread-safe.
 */
final class SpacedPixels {
  /** Floats of 4 KiB. */
  private static final int PERIOD = 1024;

  /** A cache line more. */
  private static final int GAP = 16;

  private final WindowGrid grid;
  private final int channels;

  SpacedPixels(Conv2dShape shape) {
    grid = shape.grid();
    channels = shape.inChannels();
  }

  /** Whether the copy pays. */
  static boolean serves(Conv2dShape shape) {
    Window w = shape.grid().window();
    return w.kernelH() * w.kernelW() == 1
        && !shape.grid().padded()
        && w.strideW() * shape.inChannels() % PERIOD == 0;
  }

  /** Floats from one pixel to the next. */
  int distance() {
    return channels % PERIOD == 0 ? channels + GAP : channels;
  }

  /** Floats of some output rows. */
  int floats(int rows) {
    return Check.intProduct("pixels", rows, grid.outputW(), distance());
  }

  /** Writes the pixels of output rows {@code from} to {@code to - 1}. */
  void write(int from, int to, float[] x, int xOff, float[] pixels, int pixelsOff) {
    Window w = grid.window();
    int at = pixelsOff;
    for (int oy = from; oy < to; oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++, at += distance()) {
        int pixel = oy * w.strideH() * grid.inputW() + ox * w.strideW();
        System.arraycopy(x, xOff + pixel * channels, pixels, at, channels);
      }
    }
  }
}
