// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.GroupKernels;

/** What an image adds to dWeight, a channel block as a piece; a band is a sum of its own. */
final class LaneGradient implements GroupedWay.Gradient {
  private static final int BLOCK = GroupKernels.BLOCK;

  private final LaneTaps taps;
  private final LaneFrame frame;
  private final GroupKernels kernels = BackendChoice.kernels().groups();

  LaneGradient(LaneTaps taps) {
    this.taps = taps;
    frame = new LaneFrame(taps);
  }

  @Override
  public int pieces() {
    return taps.blocks;
  }

  @Override
  public int floats() {
    return frame.floats + GroupKernels.GRADIENT_WORK;
  }

  @Override
  public void add(
      int from,
      int to,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dw,
      int dwOff,
      float[] memory,
      int own) {
    int channels = taps.targetChannels;
    int rowFloats = taps.targetW * channels;
    for (int row = 0; row < taps.targetH; row += frame.rows) {
      int rows = Math.min(frame.rows, taps.targetH - row);
      frame.clear(memory, own);
      for (int block = from; block < to; block++) {
        frame.write(block, row, rows, x, xOff, memory, own);
        kernels.tapGradients(
            rows,
            taps.targetW,
            Math.min(BLOCK, channels - block * BLOCK),
            frame.offsets[0].length,
            memory,
            own,
            taps.stepH * taps.width * BLOCK,
            taps.stepW * BLOCK,
            frame.offsets[0],
            dy,
            dyOff + row * rowFloats + block * BLOCK,
            rowFloats,
            channels,
            dw,
            dwOff + block * BLOCK,
            channels,
            memory,
            own + frame.floats);
      }
    }
  }
}
