package dev.lanewise.engine;

/**
 * Weights turned by 180 degrees, with input and output channels exchanged: a convolution of dy with
 * them gives dx. Not thread-safe.
 */
final class TurnedWeight {
  /** From so many elements of a tap on, they lie so far apart that caches count. */
  private static final int LARGE = 128 * 128;

  private final Kernels kernels = Backend.kernels();
  private final int taps;
  private final int channels;
  private final int outChannels;
  private final WorkerTeam team;
  private final float[] turned;
  private final WorkerTeam.Task tap = this::tap;

  // The running call.
  private float[] weight;
  private int weightOff;

  TurnedWeight(Conv2dShape shape, WorkerTeam team) {
    taps = shape.grid().window().kernelH() * shape.grid().window().kernelW();
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    this.team = team;
    turned = new float[shape.weightSize() + Spare.FLOATS];
  }

  /**
   * The convolution that takes dy to dx, or {@code null} where there is none: with a stride, or
   * where padding exceeds the reach of the kernel, so that dy would have to be cropped.
   */
  static Conv2dShape turn(Conv2dShape shape) {
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
        back.over(grid.outputH(), grid.outputW()), shape.outChannels(), shape.inChannels());
  }

  /** {@code turned[KH-1-ky, KW-1-kx, oc, c] = weight[ky, kx, c, oc]}; valid until the next call. */
  float[] of(float[] weight, int weightOff) {
    this.weight = weight;
    this.weightOff = weightOff;
    team.run(taps, tap);
    this.weight = null;
    return turned;
  }

  /** Small ones element by element: until {@link Kernels#transpose} is compiled, it costs more. */
  private void tap(int tap, int worker) {
    int from = weightOff + tap * channels * outChannels;
    int to = (taps - 1 - tap) * channels * outChannels;
    if (channels * outChannels >= LARGE) {
      kernels.transpose(channels, outChannels, weight, from, outChannels, turned, to, channels);
      return;
    }
    for (int oc = 0; oc < outChannels; oc++) {
      for (int c = 0; c < channels; c++) {
        turned[to + oc * channels + c] = weight[from + c * outChannels + oc];
      }
    }
  }
}
