// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.GroupKernels;
import java.util.Arrays;

/**
 * What a channel block sees of a band of an image, with a border of zeros: {@code [planes, rows,
 * columns, BLOCK]} in the scratch memory of a worker. It lies in a cache while the sums run over
 * it, and spares them all borders and all that is left of channels. Immutable.
 */
final class LaneFrame {
  private static final int BLOCK = GroupKernels.BLOCK;

  /** 32 KiB: a frame stays in an L1 cache. */
  private static final int FLOATS = 8 * 1024;

  private final GroupKernels kernels = BackendChoice.kernels().groups();
  private final LaneTaps taps;
  final int rows; // of a phase in a band, at most
  final int[][] offsets; // of taps and planes, for each phase
  final int floats;
  private final int planeFloats;

  LaneFrame(LaneTaps taps) {
    this.taps = taps;
    rows = taps.rowsOf(FLOATS);
    floats = Check.intProduct("frame", 1, taps.frameFloats(rows));
    planeFloats = floats / taps.planes;
    offsets = taps.offsets(taps.frameRows(rows));
  }

  /** Writes zeros, which stay where all blocks of a band have their border. */
  void clear(float[] frame, int at) {
    Arrays.fill(frame, at, at + floats, 0f);
  }

  /**
   * Writes what a block sees from row {@code from} of the phases on.
   *
   * @param count rows of a phase
   * @param x the image
   */
  void write(int block, int from, int count, float[] x, int xOff, float[] frame, int at) {
    int first = from * taps.stepH + taps.top; // row of the image where the frame begins
    int top = Math.max(0, first);
    int bottom = Math.min(taps.sourceH, first + taps.frameRows(count));
    int left = Math.max(0, taps.left);
    int right = Math.min(taps.sourceW, taps.left + taps.width);
    if (top >= bottom || left >= right) {
      return; // padding alone
    }
    int channels = Math.min(BLOCK, taps.targetChannels - block * BLOCK);
    for (int plane = 0; plane < taps.planes; plane++) {
      kernels.spread(
          bottom - top,
          right - left,
          channels,
          x,
          xOff + (top * taps.sourceW + left) * taps.sourceChannels,
          taps.sourceW * taps.sourceChannels,
          taps.sourceChannels,
          taps.index,
          (block * taps.planes + plane) * BLOCK,
          frame,
          at + plane * planeFloats + ((top - first) * taps.width + left - taps.left) * BLOCK,
          taps.width * BLOCK);
    }
  }
}
