// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A linear map of every channel of every image, with one {@link AxisMap} for rows and one for
 * columns: averages, interpolation, padding and cropping, and their gradients.
 *
 * <pre>y[n,oy,ox,c] = sum over iy,ix of rows[oy][iy] * columns[ox][ix] * x[n,iy,ix,c]</pre>
 *
 * <p>Sums are sums of doubles, rounded once; values that are only moved keep their bits. Where
 * windows have few columns, their rows are added up for a whole row of the input first, so that
 * neighbours share the work; otherwise pixel by pixel. A task is a row of pixels of one image, with
 * the rows that are equal to it. Not thread-safe. Allocates nothing once made.
 */
final class SeparableMap {
  /** Elements whose sums are computed together: 8 KiB, a part of an L1 cache. */
  private static final int CHUNK = 1024;

  /** The most terms for which rows are added up first, and then columns. */
  private static final int FEW = 4;

  private final AxisMap rows;
  private final AxisMap columns;
  private final int channels;
  private final float fill;
  private final int[] rowGroups; // where equal rows begin; and the end
  private final int[] runs; // where runs of pixels begin that one loop computes; and the end
  private final boolean[] repeated; // runs of pixels equal to the one before
  private final boolean fewColumns;
  private final WorkerTeam team;
  private final WorkerTeam.Task task = this::rows;
  private final Scratch[] scratch; // of workers

  // The running call.
  private Tensor from;
  private Tensor to;

  /** Of a worker: the sums, and the terms of one of them. */
  private static final class Scratch {
    final double[] sum;
    final int[] at;
    final double[] weight;

    Scratch(int sums, int terms) {
      sum = new double[sums];
      at = new int[terms];
      weight = new double[terms];
    }
  }

  /**
   * Prepares a map.
   *
   * @param rows of each column
   * @param columns of each row
   * @param channels of a pixel
   * @param fill what a pixel holds that no input leads to
   * @param team the threads to use
   */
  SeparableMap(AxisMap rows, AxisMap columns, int channels, float fill, WorkerTeam team) {
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    this.fill = fill;
    this.team = team;
    int height = rows.outputs();
    int width = columns.outputs();
    rowGroups =
        IntStream.rangeClosed(0, height)
            .filter(oy -> oy == 0 || oy == height || !rows.repeats(oy))
            .toArray();
    boolean[] repeats = new boolean[width];
    for (int ox = 1; ox < width; ox++) {
      repeats[ox] = columns.repeats(ox) && columns.from()[ox].length > 0;
    }
    runs =
        IntStream.rangeClosed(0, width)
            .filter(
                ox ->
                    ox == 0
                        || ox == width
                        || repeats[ox] != repeats[ox - 1]
                        || !(repeats[ox] || columns.follows(ox)))
            .toArray();
    repeated = new boolean[runs.length - 1];
    int longest = 0;
    for (int run = 0; run < repeated.length; run++) {
      repeated[run] = repeats[runs[run]];
      longest = Math.max(longest, runs[run + 1] - runs[run]);
    }
    fewColumns = columns.longest() <= FEW;
    boolean addsRows = fewColumns && rows.longest() > 1;
    int sums = (int) Math.min(CHUNK, (long) longest * channels);
    int length = addsRows ? Math.max(sums, columns.inputs() * channels) : sums;
    int terms = rows.longest() * Math.max(1, columns.longest());
    scratch = new Scratch[team.threads()];
    Arrays.setAll(scratch, worker -> new Scratch(length, terms));
  }

  /** The gradient's way back: from dy to dx. */
  SeparableMap transposed() {
    return new SeparableMap(rows.transposed(), columns.transposed(), channels, 0f, team);
  }

  /**
   * Computes y.
   *
   * @param images how many
   * @param x the input
   * @param y the output; overwritten
   */
  void apply(int images, Tensor x, Tensor y) {
    from = x;
    to = y;
    team.run(images * (rowGroups.length - 1), task);
  }

  private void rows(int index, int worker) {
    int groups = rowGroups.length - 1;
    int image = index / groups;
    int first = rowGroups[index % groups];
    int end = rowGroups[index % groups + 1];
    int length = columns.outputs() * channels;
    int at = to.offset + (image * rows.outputs() + first) * length;
    int imageAt = from.offset + image * rows.inputs() * columns.inputs() * channels;
    row(first, imageAt, at, scratch[worker]);
    for (int oy = first + 1; oy < end; oy++) {
      System.arraycopy(to.data, at, to.data, at + (oy - first) * length, length);
    }
  }

  private void row(int oy, int imageAt, int rowAt, Scratch scratch) {
    int[] iy = rows.from()[oy];
    boolean rowsFirst = fewColumns && iy.length > 1;
    int rowLength = columns.inputs() * channels;
    if (rowsFirst) {
      for (int r = 0; r < iy.length; r++) {
        scratch.at[r] = imageAt + iy[r] * rowLength;
        scratch.weight[r] = rows.weights()[oy][r];
      }
      sum(iy.length, scratch, 0, rowLength);
    }
    for (int run = 0; run < repeated.length; run++) {
      int ox = runs[run];
      int at = rowAt + ox * channels;
      int length = (runs[run + 1] - ox) * channels;
      if (repeated[run]) {
        for (int end = at + length; at < end; at += channels) {
          System.arraycopy(to.data, at - channels, to.data, at, channels);
        }
      } else if (rowsFirst) {
        addColumns(ox, scratch.sum, at, length);
      } else {
        pixels(collect(oy, ox, imageAt, scratch), scratch, at, length);
      }
    }
  }

  /** A pixel, and those that follow it, from the sums of rows. */
  private void addColumns(int ox, double[] sum, int at, int length) {
    int[] ix = columns.from()[ox];
    double[] w = columns.weights()[ox];
    int c = channels;
    float[] y = to.data;
    switch (ix.length) {
      case 0 -> Arrays.fill(y, at, at + length, fill);
      case 1 -> WeightedSums.round(length, sum, ix[0] * c, w[0], y, at);
      case 2 -> WeightedSums.round(length, sum, ix[0] * c, w[0], ix[1] * c, w[1], y, at);
      case 3 ->
          WeightedSums.round(length, sum, ix[0] * c, w[0], ix[1] * c, w[1], ix[2] * c, w[2], y, at);
      default ->
          WeightedSums.round(
              length, sum, ix[0] * c, w[0], ix[1] * c, w[1], ix[2] * c, w[2], ix[3] * c, w[3], y,
              at);
    }
  }

  /** The terms of a pixel; those of the pixels that follow it lie behind them. */
  private int collect(int oy, int ox, int imageAt, Scratch scratch) {
    int[] iy = rows.from()[oy];
    int[] ix = columns.from()[ox];
    int term = 0;
    for (int r = 0; r < iy.length; r++) {
      int rowAt = imageAt + iy[r] * columns.inputs() * channels;
      double weight = rows.weights()[oy][r];
      for (int k = 0; k < ix.length; k++, term++) {
        scratch.at[term] = rowAt + ix[k] * channels;
        scratch.weight[term] = weight * columns.weights()[ox][k];
      }
    }
    return term;
  }

  private void pixels(int terms, Scratch scratch, int at, int length) {
    if (terms == 0) {
      Arrays.fill(to.data, at, at + length, fill);
    } else if (terms == 1 && scratch.weight[0] == 1) {
      System.arraycopy(from.data, scratch.at[0], to.data, at, length);
    } else {
      for (int done = 0; done < length; done += CHUNK) {
        int n = Math.min(CHUNK, length - done);
        sum(terms, scratch, done, n);
        WeightedSums.round(n, scratch.sum, 0, 1, to.data, at + done);
      }
    }
  }

  private void sum(int terms, Scratch scratch, int done, int n) {
    double[] sum = scratch.sum;
    int[] at = scratch.at;
    double[] w = scratch.weight;
    float[] x = from.data;
    int t = Math.min(terms, terms < 4 ? 2 : 4);
    switch (t) {
      case 1 -> WeightedSums.set(n, sum, x, at[0] + done, w[0]);
      case 2 -> WeightedSums.set(n, sum, x, at[0] + done, w[0], at[1] + done, w[1]);
      default ->
          WeightedSums.set(
              n,
              sum,
              x,
              at[0] + done,
              w[0],
              at[1] + done,
              w[1],
              at[2] + done,
              w[2],
              at[3] + done,
              w[3]);
    }
    for (; t <= terms - 4; t += 4) {
      WeightedSums.add(
          n,
          sum,
          x,
          at[t] + done,
          w[t],
          at[t + 1] + done,
          w[t + 1],
          at[t + 2] + done,
          w[t + 2],
          at[t + 3] + done,
          w[t + 3]);
    }
    for (; t < terms; t++) {
      WeightedSums.add(n, sum, x, at[t] + done, w[t]);
    }
  }
}
