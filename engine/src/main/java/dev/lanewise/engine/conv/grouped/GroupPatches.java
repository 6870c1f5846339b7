// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.direct.Patches;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;

/**
 * The im2col matrix of one group for a band of output rows, {@code [pixels, KH * KW * C/G]}:
 * written out, or, for 1x1 windows with stride 1, the image itself. Immutable.
 */
final class GroupPatches {
  /** 256 KiB, part of an L2 cache. */
  private static final int FLOATS = 64 * 1024;

  private final WindowGrid grid;
  private final int allChannels;
  private final int channels; // of a group
  final boolean view;
  final int rowStride; // of the matrix
  final int rows; // of the output in a band, at most
  final int floats;

  GroupPatches(Conv2dShape shape) {
    grid = shape.grid();
    allChannels = shape.inChannels();
    channels = allChannels / shape.groups();
    Window w = grid.window();
    view = w.kernelH() * w.kernelW() * w.strideH() * w.strideW() == 1 && !grid.padded();
    rowStride = view ? allChannels : shape.patchSize();
    long rowFloats = (long) grid.outputW() * shape.patchSize();
    rows = Math.clamp(FLOATS / rowFloats, 1, grid.outputH());
    floats = view ? 0 : Check.intProduct("patches", rows, rowFloats);
  }

  /** Writes the matrix of some output rows, unless it is a view. */
  void write(int group, int from, int to, float[] x, int xOff, float[] memory, int own) {
    if (!view) {
      int first = xOff + group * channels;
      Patches.gather(grid, channels, allChannels, from, to, x, first, memory, own);
    }
  }

  /** Where a view begins. */
  int viewAt(int group, int from, int xOff) {
    return xOff + from * grid.inputW() * allChannels + group * channels;
  }
}
