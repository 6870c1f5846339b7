// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.GroupKernels;
import dev.lanewise.engine.run.Floats;

/**
 * A band of an image, channel block by channel block, as sums over taps of the frame of the block.
 */
final class LaneSums implements GroupedWay.Band {
  private static final int BLOCK = GroupKernels.BLOCK;

  /** Stands for a bias of zeros. */
  private static final float[] ZEROS = new float[BLOCK];

  private final LaneTaps taps;
  private final LaneWeight weight;
  private final LaneFrame frame;
  private final GroupKernels kernels = BackendChoice.kernels().groups();

  LaneSums(LaneTaps taps, LaneWeight weight) {
    this.taps = taps;
    this.weight = weight;
    frame = new LaneFrame(taps);
  }

  @Override
  public int unit() {
    return taps.phasesH;
  }

  @Override
  public int units() {
    return frame.rows;
  }

  @Override
  public int floats() {
    return frame.floats;
  }

  @Override
  public void compute(
      int first,
      int count,
      float[] x,
      int xOff,
      Floats bias,
      float[] y,
      int yOff,
      float[] memory,
      int own) {
    frame.clear(memory, own);
    for (int block = 0; block < taps.blocks; block++) {
      frame.write(block, first, count, x, xOff, memory, own);
      for (int phase = 0; phase < taps.weights.length; phase++) {
        int rows = Math.min(count, taps.rows(phase) - first);
        if (rows > 0 && taps.columns(phase) > 0) {
          sums(block, phase, first, rows, bias, y, yOff, memory, own);
        }
      }
    }
  }

  private void sums(
      int block,
      int phase,
      int first,
      int rows,
      Floats bias,
      float[] y,
      int yOff,
      float[] memory,
      int own) {
    int channels = taps.targetChannels;
    int row = phase / taps.phasesW + first * taps.phasesH;
    int column = phase % taps.phasesW;
    kernels.tapSums(
        rows,
        taps.columns(phase),
        Math.min(BLOCK, channels - block * BLOCK),
        frame.offsets[phase].length,
        memory,
        own,
        taps.stepH * taps.width * BLOCK,
        taps.stepW * BLOCK,
        frame.offsets[phase],
        weight.data(),
        weight.at(block, phase),
        bias == null ? ZEROS : bias.data,
        bias == null ? 0 : bias.offset + block * BLOCK,
        y,
        yOff + (row * taps.targetW + column) * channels + block * BLOCK,
        taps.phasesH * taps.targetW * channels,
        taps.phasesW * channels);
  }
}
