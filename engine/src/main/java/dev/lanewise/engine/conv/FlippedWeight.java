// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;

/**
 * Weights rotated by 180 degrees, with input and output channels of each group exchanged: a
 * convolution of dy with them gives dx. Not thread-safe.
 */
public final class FlippedWeight {
  /** From this many elements of a tap on, they lie so far apart that caches count. */
  private static final int LARGE = 128 * 128;

  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final int taps;
  private final int groups;
  private final int channels; // of a group
  private final int outChannels;
  private final WorkerTeam team;
  private Floats flipped; // made when first needed: an inference never does
  private final WorkerTeam.Task tap = this::tap;

  // The running call.
  private Floats weight;

  /** Makes one for weights of a shape; the team divides its taps. */
  public FlippedWeight(Conv2dShape shape, WorkerTeam team) {
    taps = shape.grid().window().kernelH() * shape.grid().window().kernelW();
    groups = shape.groups();
    channels = shape.inChannels() / groups;
    outChannels = shape.outChannels() / groups;
    this.team = team;
  }

  /**
   * The convolution that takes dy to dx, or {@code null} where there is none: with a stride, or
   * where padding exceeds the reach of the kernel, so that dy would have to be cropped.
   */
  public static Conv2dShape flip(Conv2dShape shape) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    int top = (w.kernelH() - 1) * w.dilationH() - grid.padTop();
    int left = (w.kernelW() - 1) * w.dilationW() - grid.padLeft();
    int bottom = grid.inputH() + (w.kernelH() - 1) * w.dilationH() - grid.outputH() - top;
    int right = grid.inputW() + (w.kernelW() - 1) * w.dilationW() - grid.outputW() - left;
    if (w.strideH() != 1 || w.strideW() != 1 || (top | left | bottom | right) < 0) {
      return null;
    }
    Window back = w.padding(top, bottom, left, right);
    return new Conv2dShape(
        WindowGrid.of(back, grid.outputH(), grid.outputW()),
        shape.outChannels(),
        shape.inChannels(),
        shape.groups());
  }

  /** {@code flipped[KH-1-ky, KW-1-kx, oc, c] = weight[ky, kx, c, oc]}, for each group. */
  public void set(Floats weight) {
    if (flipped == null) {
      int size = taps * groups * channels * outChannels;
      flipped = new Floats(new float[size + Padding.FLOATS], 0, size);
    }
    this.weight = weight;
    team.run(taps, tap);
    this.weight = null;
  }

  /** The weights as last {@link #set}. */
  public Floats get() {
    return flipped;
  }

  /**
   * Small ones element by element: until {@code MatrixKernels.transpose} is compiled, it costs
   * more.
   */
  private void tap(int tap, int worker) {
    float[] from = weight.data;
    float[] to = flipped.data;
    int fromOff = weight.offset + tap * groups * channels * outChannels;
    int toOff = (taps - 1 - tap) * groups * channels * outChannels;
    int ldFrom = groups * outChannels;
    int ldTo = groups * channels;
    for (int g = 0; g < groups; g++, fromOff += outChannels, toOff += channels) {
      if (channels * outChannels >= LARGE) {
        matrix.transpose(channels, outChannels, from, fromOff, ldFrom, to, toOff, ldTo);
        continue;
      }
      for (int oc = 0; oc < outChannels; oc++) {
        for (int c = 0; c < channels; c++) {
          to[toOff + oc * ldTo + c] = from[fromOff + c * ldFrom + oc];
        }
      }
    }
  }
}
