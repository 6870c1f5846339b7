package dev.lanewise.engine.conv;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.NormalizationKernels;
import dev.lanewise.engine.run.ChannelScale;

/** What ends a part of an output, while that is in the cache: a scale of its channels, a gate. */
public final class OutputEnd {
  private final ChannelScale scale; // null for none
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final NormalizationKernels normalization = BackendChoice.kernels().normalization();

  /** With a scale, before the gate, which is the output itself then; {@code null} for none. */
  public OutputEnd(ChannelScale scale) {
    this.scale = scale;
  }

  /**
   * Ends n elements of y, whole pixels: {@code y = gate <= 0 ? 0 : y}.
   *
   * @param gate {@code null} for none; may be y
   */
  public void run(int n, float[] gate, int gateOff, float[] y, int yOff) {
    if (scale != null) {
      normalization.scale(
          n,
          scale.center(),
          scale.gain(),
          scale.offset(),
          scale.width(),
          0,
          gate != null,
          y,
          yOff,
          y,
          yOff);
    } else if (gate != null) {
      elements.zeroWhereNotPositive(n, gate, gateOff, y, yOff, y, yOff);
    }
  }
}
