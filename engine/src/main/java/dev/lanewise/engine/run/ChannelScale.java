// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import dev.lanewise.engine.check.Check;

/**
 * A scale and a shift for each channel: {@code y = gain[c] * (x - center[c]) + offset[c]}, as a
 * normalisation with known statistics computes it, by a subtraction and a fused multiply-add. Each
 * table is {@code width} long: the channels again and again, so that a loop over a row of several
 * pixels reads them in order. For a gradient there is a factor of a second operand, {@code slope[c]
 * * dy}, to be added.
 *
 * <p>Not thread-safe: {@link #set} must not run while others read.
 */
public final class ChannelScale {
  /** Floats of a table, about: three of them stay in an L1 cache. */
  private static final int WIDTH = 512;

  private static final int LANES = 16; // of the longest vectors

  private final int channels;
  private final int width;
  private final float[] center;
  private final float[] gain;
  private final float[] offset;
  private final float[] slope;

  /**
   * A scale that makes zeros of everything.
   *
   * @param channels how many, C
   * @throws IllegalArgumentException if there is none
   */
  public ChannelScale(int channels) {
    Check.positive("channels", channels);
    this.channels = channels;
    int step = channels % LANES == 0 || channels > WIDTH / LANES ? channels : channels * LANES;
    width = Math.multiplyExact(step, Math.max(1, WIDTH / step)); // of few channels whole vectors
    center = new float[width];
    gain = new float[width];
    offset = new float[width];
    slope = new float[width];
  }

  /**
   * Sets a channel. What the center is rounded by goes into the offset.
   *
   * @param channel which
   * @param center subtracted
   * @param gain multiplied by
   * @param offset added
   */
  public void set(int channel, double center, double gain, double offset) {
    float rounded = (float) center;
    float factor = (float) gain;
    float shift = (float) (offset - gain * (center - rounded));
    for (int i = channel; i < width; i += channels) {
      this.center[i] = rounded;
      this.gain[i] = factor;
      this.offset[i] = shift;
    }
  }

  /**
   * Sets a channel, with a second operand.
   *
   * @param channel which
   * @param center subtracted
   * @param gain multiplied by
   * @param offset added
   * @param slope of the second operand
   */
  public void set(int channel, double center, double gain, double offset, double slope) {
    set(channel, center, gain, offset);
    float factor = (float) slope;
    for (int i = channel; i < width; i += channels) {
      this.slope[i] = factor;
    }
  }

  /**
   * How many there are, C.
   *
   * @return at least 1
   */
  public int channels() {
    return channels;
  }

  /**
   * The length of a table.
   *
   * @return a multiple of the channels
   */
  public int width() {
    return width;
  }

  /**
   * What is subtracted, for each place of a row.
   *
   * @return {@code [width]}; not a copy
   */
  public float[] center() {
    return center;
  }

  /**
   * What is multiplied by, likewise.
   *
   * @return {@code [width]}; not a copy
   */
  public float[] gain() {
    return gain;
  }

  /**
   * What is added, likewise.
   *
   * @return {@code [width]}; not a copy
   */
  public float[] offset() {
    return offset;
  }

  /**
   * What a second operand is multiplied by, likewise.
   *
   * @return {@code [width]}; not a copy
   */
  public float[] slope() {
    return slope;
  }
}
