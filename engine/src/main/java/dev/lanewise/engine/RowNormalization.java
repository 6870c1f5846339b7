// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.NormalizationKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;

/**
 * Normalises each row of a matrix {@code [rows, n]} by itself, and then applies a weight and a bias
 * for each column: a layer normalisation and its gradients, divided among a team of threads.
 *
 * <p>Sums are sums of doubles. Those along a row have a fixed number of chains; those over rows are
 * cut by the numbers of rows and columns alone.
 *
 * <p>An instance holds the running call: not thread-safe. Allocates nothing in later calls.
 */
public final class RowNormalization {
  /** Elements of a task, about: 16 KiB. */
  private static final int CHUNK = 4 * 1024;

  /** Columns of a task that adds up rows, at most. */
  private static final int TILE = 512;

  /** Tasks that add up rows, at least, where there are as many rows. */
  private static final int TASKS = 16;

  private final int n;
  private final int rowsOfTask;
  private final int tiles;
  private final int parts; // of the rows
  private final WorkerTeam team;
  private final NormalizationKernels kernels = BackendChoice.kernels().normalization();
  private final Floats ones; // [n]
  private final Floats zeros; // [n]
  private final double[][] work; // [worker][2 * ROW_LANES]
  private final WorkerTeam.Task measure = this::measure;
  private final WorkerTeam.Task normalize = this::normalize;
  private final WorkerTeam.Task derive = this::derive;
  private final WorkerTeam.Task addUp = this::addUp;
  private double[] sums = new double[0]; // [part][2][n]

  // The running call.
  private int rows;
  private double eps;
  private boolean rectified;
  private Floats x;
  private Floats weight;
  private Floats bias;
  private Floats dy;
  private Floats out;
  private double[] mean;
  private double[] deviation;

  /**
   * Prepares normalisations.
   *
   * @param n columns: elements of a row
   * @param team the threads to use
   * @throws IllegalArgumentException if there is no column
   */
  public RowNormalization(int n, WorkerTeam team) {
    Check.positive("n", n);
    this.n = n;
    this.team = team;
    rowsOfTask = Math.max(1, CHUNK / n);
    tiles = Math.ceilDiv(n, TILE);
    parts = Math.ceilDiv(TASKS, tiles);
    ones = Floats.of(new float[n]);
    Arrays.fill(ones.data, 1f);
    zeros = Floats.of(new float[n]);
    work = new double[team.threads()][2 * NormalizationKernels.ROW_LANES];
  }

  /**
   * Finds the mean of each row, and {@code 1 / sqrt(var + eps)}, its variance being the mean square
   * of the distances from the mean.
   *
   * @param rows how many
   * @param eps added to the variance
   * @param x {@code [rows, n]}
   * @param mean receives the means
   * @param deviation receives the factors
   * @throws IllegalArgumentException if {@code rows} is negative, or an operand is too short
   */
  public void measure(int rows, double eps, Floats x, double[] mean, double[] deviation) {
    Operands.holds("x", x, elements(rows));
    requireRows(rows, mean, deviation);
    this.eps = eps;
    this.mean = mean;
    this.deviation = deviation;
    this.x = x;
    run(rows, measure);
  }

  private void measure(int task, int worker) {
    for (int row = task * rowsOfTask; row < end(task); row++) {
      int at = x.offset + row * n;
      double[] s = work[worker];
      kernels.rowSums(n, x.data, at, ones.data, 0, x.data, at, s);
      double m = s[0] / n;
      double var = Math.max(s[NormalizationKernels.ROW_LANES] / n - m * m, 0);
      mean[row] = m;
      deviation[row] = 1 / Math.sqrt(var + eps);
    }
  }

  /**
   * Normalises, then the epilogue.
   *
   * <pre>y[r][i] = weight[i] * (x[r][i] - mean[r]) * deviation[r] + bias[i]</pre>
   *
   * @param rows how many
   * @param x {@code [rows, n]}
   * @param mean of each row
   * @param deviation its factor
   * @param weight {@code [n]}, or {@code null} for ones
   * @param bias {@code [n]}, or {@code null} for zeros
   * @param epilogue what ends the pass
   * @param y output, like x; may be the same elements
   * @throws IllegalArgumentException if {@code rows} is negative, an operand is too short, or x and
   *     y overlap in part; y is unchanged then
   */
  public void normalize(
      int rows,
      Floats x,
      double[] mean,
      double[] deviation,
      Floats weight,
      Floats bias,
      Epilogue epilogue,
      Floats y) {
    long size = elements(rows);
    Operands.holds("x", x, size);
    Operands.holds("y", y, size);
    Operands.sameOrDisjoint("y", y, "x", x, (int) size);
    requireRows(rows, mean, deviation);
    Floats w = weight == null ? ones : weight;
    Floats b = bias == null ? zeros : bias;
    Operands.holds("weight", w, n);
    Operands.holds("bias", b, n);
    Operands.disjoint("y", y, size, "weight", w, n);
    Operands.disjoint("y", y, size, "bias", b, n);
    rectified = epilogue == Epilogue.RELU;
    this.x = x;
    this.mean = mean;
    this.deviation = deviation;
    this.weight = w;
    this.bias = b;
    out = y;
    run(rows, normalize);
  }

  private void normalize(int task, int worker) {
    for (int row = task * rowsOfTask; row < end(task); row++) {
      int at = row * n;
      float center = (float) mean[row];
      float gain = (float) deviation[row];
      float offset = (float) (-deviation[row] * (mean[row] - center)); // what center lost
      kernels.normalizeRow(
          n,
          center,
          gain,
          offset,
          weight.data,
          weight.offset,
          bias.data,
          bias.offset,
          rectified,
          x.data,
          x.offset + at,
          out.data,
          out.offset + at);
    }
  }

  /**
   * Computes dx. With {@code h = (x - mean) * deviation} and {@code dh = weight * dy}:
   *
   * <pre>dx = deviation * (dh - sum of dh / n - h * sum of (dh * h) / n)        sums over a row
   * </pre>
   *
   * @param rows how many
   * @param x {@code [rows, n]}
   * @param mean of each row
   * @param deviation its factor
   * @param weight {@code [n]}, or {@code null} for ones
   * @param dy like x
   * @param dx output, like x; may be the same elements as dy
   * @throws IllegalArgumentException if {@code rows} is negative, an operand is too short, dx
   *     overlaps x or the weight, or dx and dy overlap in part; dx is unchanged then
   */
  public void backwardData(
      int rows, Floats x, double[] mean, double[] deviation, Floats weight, Floats dy, Floats dx) {
    long size = elements(rows);
    Operands.holds("x", x, size);
    Operands.holds("dy", dy, size);
    Operands.holds("dx", dx, size);
    Operands.disjoint("dx", dx, size, "x", x, size);
    Operands.sameOrDisjoint("dx", dx, "dy", dy, (int) size);
    requireRows(rows, mean, deviation);
    Floats w = weight == null ? ones : weight;
    Operands.holds("weight", w, n);
    Operands.disjoint("dx", dx, size, "weight", w, n);
    this.x = x;
    this.mean = mean;
    this.deviation = deviation;
    this.weight = w;
    this.dy = dy;
    out = dx;
    run(rows, derive);
  }

  private void derive(int task, int worker) {
    double[] sums = work[worker];
    for (int row = task * rowsOfTask; row < end(task); row++) {
      int at = row * n;
      kernels.rowSums(
          n, x.data, x.offset + at, weight.data, weight.offset, dy.data, dy.offset + at, sums);
      double m = mean[row];
      double s = deviation[row];
      double sum = sums[0];
      double sumH = (sums[NormalizationKernels.ROW_LANES] - m * sum) * s;
      double gain = -s * s * sumH / n;
      float center = (float) m;
      float offset = (float) (-s * sum / n - gain * (m - center));
      kernels.rowGradient(
          n,
          (float) s,
          center,
          (float) gain,
          offset,
          weight.data,
          weight.offset,
          x.data,
          x.offset + at,
          dy.data,
          dy.offset + at,
          out.data,
          out.offset + at);
    }
  }

  /**
   * Adds to the gradients of weight and bias. With h as above:
   *
   * <pre>
   * dWeight[i] += sum over r of dy[r][i] * h[r][i]
   * dBias[i]   += sum over r of dy[r][i]
   * </pre>
   *
   * @param rows how many
   * @param x {@code [rows, n]}
   * @param mean of each row
   * @param deviation its factor
   * @param dy like x
   * @param dWeight {@code [n]}, added to
   * @param dBias {@code [n]}, added to
   * @throws IllegalArgumentException if {@code rows} is negative, or an operand is too short; the
   *     outputs are unchanged then
   */
  public void backwardParameters(
      int rows,
      Floats x,
      double[] mean,
      double[] deviation,
      Floats dy,
      Floats dWeight,
      Floats dBias) {
    long size = elements(rows);
    Operands.holds("x", x, size);
    Operands.holds("dy", dy, size);
    Operands.holds("dWeight", dWeight, n);
    Operands.holds("dBias", dBias, n);
    requireRows(rows, mean, deviation);
    if (sums.length == 0) {
      sums = new double[Math.multiplyExact(2 * parts, n)];
    }
    this.rows = rows;
    this.x = x;
    this.mean = mean;
    this.deviation = deviation;
    this.dy = dy;
    team.run(parts * tiles, addUp);
    for (int part = 1; part < parts; part++) {
      add(sums, part * 2 * n, 2 * n);
    }
    for (int i = 0; i < n; i++) {
      dWeight.data[dWeight.offset + i] += (float) sums[n + i];
      dBias.data[dBias.offset + i] += (float) sums[i];
    }
    forget();
  }

  /** Some rows of some columns. */
  private void addUp(int task, int worker) {
    int part = task / tiles;
    int from = task % tiles * TILE;
    int count = Math.min(TILE, n - from);
    int bias = part * 2 * n + from;
    int weight = bias + n;
    Arrays.fill(sums, bias, bias + count, 0);
    Arrays.fill(sums, weight, weight + count, 0);
    int end = (int) ((long) rows * (part + 1) / parts);
    for (int row = (int) ((long) rows * part / parts); row < end; row++) {
      int at = row * n + from;
      add(
          count,
          x.data,
          x.offset + at,
          dy.data,
          dy.offset + at,
          mean[row],
          deviation[row],
          sums,
          bias,
          weight);
    }
  }

  private static void add(
      int n,
      float[] x,
      int xAt,
      float[] dy,
      int dyAt,
      double mean,
      double deviation,
      double[] sums,
      int biasAt,
      int weightAt) {
    for (int i = 0; i < n; i++) {
      sums[biasAt + i] += dy[dyAt + i];
    }
    for (int i = 0; i < n; i++) {
      sums[weightAt + i] += dy[dyAt + i] * ((x[xAt + i] - mean) * deviation);
    }
  }

  private static void add(double[] sums, int from, int n) {
    for (int i = 0; i < n; i++) {
      sums[i] += sums[from + i];
    }
  }

  /** How many an operand must have: no more than an int holds, once the operand is checked. */
  private long elements(int rows) {
    Check.notNegative("rows", rows);
    return (long) rows * n;
  }

  private static void requireRows(int rows, double[] mean, double[] deviation) {
    Operands.holds("mean", mean.length, rows);
    Operands.holds("deviation", deviation.length, rows);
  }

  private int end(int task) {
    return Math.min(rows, (task + 1) * rowsOfTask);
  }

  private void run(int rows, WorkerTeam.Task task) {
    this.rows = rows;
    team.run(Math.ceilDiv(rows, rowsOfTask), task);
    forget();
  }

  private void forget() {
    x = null;
    weight = null;
    bias = null;
    dy = null;
    out = null;
    mean = null;
    deviation = null;
  }
}
