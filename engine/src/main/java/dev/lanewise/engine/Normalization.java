// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.NormalizationKernels;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;

/**
 * What normalisations do with a batch {@code [pixels, C]}, divided among a team of threads: sums of
 * each channel, and scales.
 *
 * <p>The sums are sums of doubles, cut into blocks of pixels whose size depends on the number of
 * channels alone, so their bits do not depend on the threads. A variance can be taken from the sum
 * of squares: that loses the square of mean / deviation, and doubles have 29 bits more than the
 * inputs.
 *
 * <p>An instance holds the running call: not thread-safe. Allocates nothing in later calls with as
 * many pixels.
 */
public final class Normalization {
  /** Values of a block, about: 128 KiB of them, part of an L2 cache. */
  private static final int BLOCK = 32 * 1024;

  /** Channels of a task, at most: those of many channels are divided, too. */
  private static final int TILE = 512;

  /** Elements of a task that scales: 16 KiB, a whole number of cache lines. */
  private static final int CHUNK = 4 * 1024;

  private final int channels;
  private final int tiles;
  private final int pixelsOfBlock;
  private final WorkerTeam team;
  private final NormalizationKernels kernels = BackendChoice.kernels().normalization();
  private final WorkerTeam.Task sumBlock = this::sumBlock;
  private final WorkerTeam.Task scaleChunk = this::scaleChunk;
  private final WorkerTeam.Task gradientChunk = this::gradientChunk;
  private final double[] totals; // [2][C]
  private double[] sums = new double[0]; // [block][2][C]

  // The running call.
  private int first;
  private int pixels;
  private ChannelScale scale;
  private boolean rectified;
  private Floats x;
  private Floats dy;
  private Floats out;

  /**
   * Prepares normalisations.
   *
   * @param channels how many, C
   * @param team the threads to use
   * @throws IllegalArgumentException if there is no channel
   */
  public Normalization(int channels, WorkerTeam team) {
    Check.positive("channels", channels);
    this.channels = channels;
    this.team = team;
    tiles = Math.ceilDiv(channels, TILE);
    pixelsOfBlock = Math.max(1, BLOCK / Math.min(channels, TILE));
    totals = new double[2 * channels];
  }

  /**
   * Adds up each channel, to be read by {@link #sum} and {@link #product}.
   *
   * @param first the first pixel
   * @param pixels how many
   * @param x {@code [pixels, C]}, and those before the first
   * @param dy likewise; may be x, and the products are squares then
   * @throws IllegalArgumentException if a number is negative, or an operand is too short
   */
  public void sums(int first, int pixels, Floats x, Floats dy) {
    long n = elements(first, pixels);
    Operands.holds("x", x, n);
    Operands.holds("dy", dy, n);
    this.first = first;
    this.pixels = pixels;
    this.x = x;
    this.dy = dy;
    reserve(pixels);
    int blocks = Math.ceilDiv(pixels, pixelsOfBlock);
    team.run(blocks * tiles, sumBlock);
    Arrays.fill(totals, 0);
    for (int block = 0; block < blocks; block++) {
      add(sums, block * totals.length, totals);
    }
    this.x = null;
    this.dy = null;
  }

  private static void add(double[] from, int at, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += from[at + i];
    }
  }

  private void sumBlock(int task, int worker) {
    int block = task / tiles;
    int from = block * pixelsOfBlock;
    int column = task % tiles * TILE;
    int at = (first + from) * channels + column;
    int sumsAt = block * totals.length + column;
    kernels.sums(
        Math.min(pixelsOfBlock, pixels - from),
        Math.min(TILE, channels - column),
        channels,
        x.data,
        x.offset + at,
        dy.data,
        dy.offset + at,
        sums,
        sumsAt,
        sums,
        sumsAt + channels);
  }

  /**
   * Of the last {@link #sums}: the sum of dy.
   *
   * @param channel which
   * @return the sum
   */
  public double sum(int channel) {
    return totals[channel];
  }

  /**
   * Of the last {@link #sums}: the sum of dy * x.
   *
   * @param channel which
   * @return the sum
   */
  public double product(int channel) {
    return totals[channels + channel];
  }

  /**
   * Scales channels, then the epilogue.
   *
   * <pre>y[i][c] = gain[c] * (x[i][c] - center[c]) + offset[c]</pre>
   *
   * @param first the first pixel
   * @param pixels how many
   * @param scale for C channels
   * @param epilogue what ends the pass
   * @param x {@code [pixels, C]}, and those before the first
   * @param y output, likewise; may be the same elements as x
   * @throws IllegalArgumentException if a number is negative, the scale is for another number of
   *     channels, an operand is too short, or x and y overlap in part; y is unchanged then
   */
  public void scale(
      int first, int pixels, ChannelScale scale, Epilogue epilogue, Floats x, Floats y) {
    long n = elements(first, pixels);
    requireChannels(scale);
    Operands.holds("x", x, n);
    Operands.holds("y", y, n);
    Operands.sameOrDisjoint("y", y, "x", x, (int) n);
    this.scale = scale;
    rectified = epilogue == Epilogue.RELU;
    run(first, pixels, scaleChunk, x, null, y);
  }

  private void scaleChunk(int task, int worker) {
    int from = task * CHUNK;
    int at = first * channels + from;
    kernels.scale(
        Math.min(CHUNK, pixels * channels - from),
        scale.center(),
        scale.gain(),
        scale.offset(),
        scale.width(),
        from % scale.width(),
        rectified,
        x.data,
        x.offset + at,
        out.data,
        out.offset + at);
  }

  /**
   * Scales channels and adds those of dy.
   *
   * <pre>dx[i][c] = slope[c] * dy[i][c] + gain[c] * (x[i][c] - center[c]) + offset[c]</pre>
   *
   * @param first the first pixel
   * @param pixels how many
   * @param scale for C channels, with the slopes
   * @param x {@code [pixels, C]}, and those before the first
   * @param dy likewise
   * @param dx output, likewise; may be the same elements as dy
   * @throws IllegalArgumentException if a number is negative, the scale is for another number of
   *     channels, an operand is too short, dx overlaps x, or dx and dy overlap in part; dx is
   *     unchanged then
   */
  public void gradient(int first, int pixels, ChannelScale scale, Floats x, Floats dy, Floats dx) {
    long n = elements(first, pixels);
    requireChannels(scale);
    Operands.holds("x", x, n);
    Operands.holds("dy", dy, n);
    Operands.holds("dx", dx, n);
    Operands.disjoint("dx", dx, n, "x", x, n);
    Operands.sameOrDisjoint("dx", dx, "dy", dy, (int) n);
    this.scale = scale;
    run(first, pixels, gradientChunk, x, dy, dx);
  }

  private void gradientChunk(int task, int worker) {
    int from = task * CHUNK;
    int at = first * channels + from;
    kernels.gradient(
        Math.min(CHUNK, pixels * channels - from),
        scale.slope(),
        scale.center(),
        scale.gain(),
        scale.offset(),
        scale.width(),
        from % scale.width(),
        x.data,
        x.offset + at,
        dy.data,
        dy.offset + at,
        out.data,
        out.offset + at);
  }

  private void run(int first, int pixels, WorkerTeam.Task task, Floats x, Floats dy, Floats out) {
    this.first = first;
    this.pixels = pixels;
    this.x = x;
    this.dy = dy;
    this.out = out;
    team.run(Math.ceilDiv(pixels * channels, CHUNK), task);
    scale = null;
    this.x = null;
    this.dy = null;
    this.out = null;
  }

  /**
   * Makes room for sums over so many pixels, so that the first of them allocates nothing.
   *
   * @param pixels how many at most
   */
  public void reserve(int pixels) {
    int needed = Math.ceilDiv(pixels, pixelsOfBlock) * totals.length;
    if (sums.length < needed) {
      sums = new double[needed];
    }
  }

  /** How many an operand must have: no more than an int holds, once the operand is checked. */
  private long elements(int first, int pixels) {
    Check.notNegative("the first pixel", first);
    Check.notNegative("pixels", pixels);
    return ((long) first + pixels) * channels;
  }

  private void requireChannels(ChannelScale scale) {
    if (scale.channels() != channels) {
      throw new IllegalArgumentException(
          "the scale is for " + scale.channels() + " channels, not for " + channels);
    }
  }
}
