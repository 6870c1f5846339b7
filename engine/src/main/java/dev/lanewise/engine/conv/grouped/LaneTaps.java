// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.GroupKernels;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which pixels of a source the pixels of a target see, and through which taps: x and y on the way
 * forward, dy and dx for the gradient of the data.
 *
 * <p>The target's pixels are cut into <em>phases</em> of pixels that see through the same taps. Row
 * i of a phase sees the source's rows {@code i * step + dr}, with a dr for each tap; columns
 * likewise. Forward has one phase. For the gradient, a pixel sees through the taps for which {@code
 * iy + padTop - ky * dilation} is a multiple of the stride, which depends on {@code iy % stride}:
 * so there are {@code strideH * strideW} phases.
 *
 * <p>Each channel of the target sees {@link #planes} channels of the source: those of its group.
 * Immutable.
 */
final class LaneTaps {
  private static final int BLOCK = GroupKernels.BLOCK;

  final boolean forward;
  final int sourceH;
  final int sourceW;
  final int sourceChannels;
  final int targetH;
  final int targetW;
  final int targetChannels;
  final int planes;
  final int blocks; // of channels of the target
  final int stepH;
  final int stepW;
  final int phasesH;
  final int phasesW;
  final int top; // the dr of the tap that sees highest: a frame begins there
  final int left;
  final int width; // of a frame, in pixels
  final int[][] weights; // [phase][tap]: ky * KW + kx
  final int[] index; // [block][plane][BLOCK]: a channel of the source

  private final int bottom;
  private final int[][] drs; // [phase][tap]
  private final int[][] dcs;

  /** What y sees of x. */
  static LaneTaps forward(Conv2dShape shape) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    int taps = w.kernelH() * w.kernelW();
    int[] drs = new int[taps];
    int[] dcs = new int[taps];
    Arrays.setAll(drs, t -> t / w.kernelW() * w.dilationH() - grid.padTop());
    Arrays.setAll(dcs, t -> t % w.kernelW() * w.dilationW() - grid.padLeft());
    int[] all = IntStream.range(0, taps).toArray();
    return new LaneTaps(shape, true, new int[][] {all}, new int[][] {drs}, new int[][] {dcs});
  }

  /** What dx sees of dy, the taps from the last to the first: so they ascend in a frame. */
  static LaneTaps data(Conv2dShape shape) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    int phases = w.strideH() * w.strideW();
    int[][] weights = new int[phases][];
    int[][] drs = new int[phases][];
    int[][] dcs = new int[phases][];
    for (int phase = 0; phase < phases; phase++) {
      int row = phase / w.strideW() + grid.padTop();
      int column = phase % w.strideW() + grid.padLeft();
      weights[phase] =
          IntStream.iterate(w.kernelH() * w.kernelW() - 1, t -> t >= 0, t -> t - 1)
              .filter(t -> (row - t / w.kernelW() * w.dilationH()) % w.strideH() == 0)
              .filter(t -> (column - t % w.kernelW() * w.dilationW()) % w.strideW() == 0)
              .toArray();
      IntStream taps = Arrays.stream(weights[phase]);
      drs[phase] = taps.map(t -> (row - t / w.kernelW() * w.dilationH()) / w.strideH()).toArray();
      taps = Arrays.stream(weights[phase]);
      dcs[phase] =
          taps.map(t -> (column - t % w.kernelW() * w.dilationW()) / w.strideW()).toArray();
    }
    return new LaneTaps(shape, false, weights, drs, dcs);
  }

  private LaneTaps(Conv2dShape shape, boolean forward, int[][] weights, int[][] drs, int[][] dcs) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    int in = shape.inChannels();
    int out = shape.outChannels();
    this.forward = forward;
    sourceH = forward ? grid.inputH() : grid.outputH();
    sourceW = forward ? grid.inputW() : grid.outputW();
    sourceChannels = forward ? in : out;
    targetH = forward ? grid.outputH() : grid.inputH();
    targetW = forward ? grid.outputW() : grid.inputW();
    targetChannels = forward ? out : in;
    planes = sourceChannels / shape.groups();
    blocks = Math.ceilDiv(targetChannels, BLOCK);
    stepH = forward ? w.strideH() : 1;
    stepW = forward ? w.strideW() : 1;
    phasesH = forward ? 1 : w.strideH();
    phasesW = forward ? 1 : w.strideW();
    this.weights = weights;
    this.drs = drs;
    this.dcs = dcs;
    top = all(drs).min().orElse(0);
    bottom = all(drs).max().orElse(0);
    left = all(dcs).min().orElse(0);
    int right = all(dcs).max().orElse(0);
    width = Check.intSum("frame", (long) (columns(0) - 1) * stepW + right, 1L - left);
    index = new int[blocks * planes * BLOCK];
    int perGroup = targetChannels / shape.groups();
    for (int i = 0; i < index.length; i++) {
      int channel = i / BLOCK / planes * BLOCK + i % BLOCK;
      int plane = i / BLOCK % planes;
      index[i] = Math.min(channel, targetChannels - 1) / perGroup * planes + plane;
    }
  }

  private static IntStream all(int[][] values) {
    return Arrays.stream(values).flatMapToInt(Arrays::stream);
  }

  /** Pixels of a row of the target that belong to a phase. */
  int columns(int phase) {
    return Math.ceilDiv(Math.max(0, targetW - phase % phasesW), phasesW);
  }

  /** Rows of the target that belong to a phase. */
  int rows(int phase) {
    return Math.ceilDiv(Math.max(0, targetH - phase / phasesW), phasesH);
  }

  /** Rows of a frame that so many rows of a phase see. */
  int frameRows(int rows) {
    return (rows - 1) * stepH + bottom - top + 1;
  }

  /** Floats of a frame for so many rows of a phase: {@code [planes, frameRows, width, BLOCK]}. */
  long frameFloats(int rows) {
    return (long) planes * frameRows(rows) * width * BLOCK;
  }

  /** How many rows of a phase a frame of about so many floats serves. */
  int rowsOf(int floats) {
    int rows = 1;
    while (rows < rows(0) && frameFloats(rows + 1) <= floats) {
      rows++;
    }
    return rows;
  }

  /**
   * Where the taps of the phases lie in a frame: {@code [phase][tap][plane]}.
   *
   * @param frameRows rows of the frame
   */
  int[][] offsets(int frameRows) {
    int[][] offsets = new int[weights.length][];
    for (int phase = 0; phase < weights.length; phase++) {
      offsets[phase] = new int[weights[phase].length * planes];
      for (int i = 0; i < offsets[phase].length; i++) {
        int row = i % planes * frameRows + drs[phase][i / planes] - top;
        offsets[phase][i] = (row * width + dcs[phase][i / planes] - left) * BLOCK;
      }
    }
    return offsets;
  }
}
