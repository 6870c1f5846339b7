// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.NormalizationKernels;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.ElementFunction;

/**
 * What ends a part of an output, while that is in the cache: a scale of its channels, then a gate
 * or a function of each element.
 */
public final class OutputEnd {
  /** Ends nothing but with a gate. */
  public static final OutputEnd NONE = new OutputEnd(null, null);

  private final ChannelScale scale; // null for none
  private final ElementFunction function; // null for none
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final NormalizationKernels normalization = BackendChoice.kernels().normalization();

  /**
   * An end.
   *
   * @param scale before the gate, which is the output itself then; {@code null} for none
   * @param function last of all; {@code null} for none
   */
  public OutputEnd(ChannelScale scale, ElementFunction function) {
    this.scale = scale;
    this.function = function;
  }

  /** The same end with another function, or with none. */
  public OutputEnd with(ElementFunction function) {
    return new OutputEnd(scale, function);
  }

  /**
   * Ends some channels of pixels.
   *
   * @param first the first of the pixels
   * @param pixels how many
   * @param pixel channels of one
   * @param channel the first that is ended
   * @param n how many are
   * @param gate {@code null} for none; may be y
   */
  public void run(
      int first,
      int pixels,
      int pixel,
      int channel,
      int n,
      float[] gate,
      int gateOff,
      float[] y,
      int yOff,
      int worker) {
    int at = first * pixel + channel;
    if (n == pixel) {
      run(pixels * n, 0, gate, gateOff + at, y, yOff + at, worker);
      return;
    }
    boolean any = scale != null || gate != null || function != null;
    for (int i = 0; i < pixels && any; i++, at += pixel) {
      run(n, channel, gate, gateOff + at, y, yOff + at, worker);
    }
  }

  /**
   * Ends n elements of y, whole pixels: {@code y = gate <= 0 ? 0 : y}.
   *
   * @param gate {@code null} for none; may be y
   */
  public void run(int n, float[] gate, int gateOff, float[] y, int yOff, int worker) {
    run(n, 0, gate, gateOff, y, yOff, worker);
  }

  private void run(int n, int channel, float[] gate, int gateOff, float[] y, int yOff, int worker) {
    if (scale != null) {
      normalization.scale(
          n,
          scale.center(),
          scale.gain(),
          scale.offset(),
          scale.width(),
          channel,
          gate != null,
          y,
          yOff,
          y,
          yOff);
    } else if (gate != null) {
      elements.zeroWhereNotPositive(n, gate, gateOff, y, yOff, y, yOff);
    }
    if (function != null) {
      function.apply(y, yOff, yOff + n, worker);
    }
  }
}
