// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.kernel.GroupKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * The weights as the kernels read them, {@code [block, phase, tap, plane, BLOCK]}: those of each
 * channel in its lane. Not thread-safe.
 */
final class LaneWeight {
  private static final int BLOCK = GroupKernels.BLOCK;

  private final Conv2dShape shape;
  final LaneTaps taps;
  private final int[] phases; // where each begins in a block
  private final int blockFloats;
  private int[] from; // of each element, in weight [KH, KW, C/G, OC]; made when first needed
  private float[] packed;

  LaneWeight(Conv2dShape shape, LaneTaps taps) {
    this.shape = shape;
    this.taps = taps;
    phases = new int[taps.weights.length];
    int terms = 0;
    for (int phase = 0; phase < phases.length; phase++) {
      phases[phase] = terms * BLOCK;
      terms += taps.weights[phase].length * taps.planes;
    }
    blockFloats = terms * BLOCK;
  }

  private void locate() {
    from = new int[taps.blocks * blockFloats];
    packed = new float[from.length];
    int perGroup = taps.targetChannels / shape.groups();
    int at = 0;
    for (int block = 0; block < taps.blocks; block++) {
      for (int[] ofPhase : taps.weights) {
        for (int tap : ofPhase) {
          for (int plane = 0; plane < taps.planes; plane++) {
            for (int l = 0; l < BLOCK; l++) {
              int channel = Math.min(block * BLOCK + l, taps.targetChannels - 1);
              int in = taps.forward ? plane : channel % perGroup;
              int out = taps.forward ? channel : channel / perGroup * taps.planes + plane;
              int row = tap * (shape.inChannels() / shape.groups()) + in;
              from[at++] = row * shape.outChannels() + out;
            }
          }
        }
      }
    }
  }

  void set(Floats weight) {
    if (from == null) {
      locate();
    }
    for (int i = 0; i < from.length; i++) {
      packed[i] = weight.data[weight.offset + from[i]];
    }
  }

  /** The weights as last {@link #set}. */
  float[] data() {
    return packed;
  }

  /** Where those of a phase of a block begin. */
  int at(int block, int phase) {
    return block * blockFloats + phases[phase];
  }
}
