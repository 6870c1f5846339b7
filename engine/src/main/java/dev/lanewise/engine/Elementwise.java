// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;

/**
 * Operations that look at one element at a time, divided among a team of threads; and sums of
 * columns. An instance holds the running call: not thread-safe. Allocates nothing once made.
 */
public final class Elementwise {
  /** A loop over outputs that share nothing. */
  @FunctionalInterface
  public interface Range {
    /**
     * Computes some of them.
     *
     * @param from the first
     * @param to one past the last
     */
    void run(int from, int to);
  }

  /**
   * Elements of a task, 16 KiB and a whole number of cache lines. So few that each worker's share
   * is the part of a matrix that it has computed itself, which lies in its cache; an element costs
   * less than fetching it from there.
   */
  private static final int CHUNK = 4 * 1024;

  private final WorkerTeam team;
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final WorkerTeam.Task chunk = this::chunk;
  private final Range relu = this::relu;
  private final Range reluBackward = this::reluBackward;
  private final Range axpy = this::axpy;
  private final Range addRelu = this::addRelu;
  private final Range zero = this::zero;

  // The running call.
  private int n;
  private Range body;
  private float factor;
  private Floats x;
  private Floats y;
  private Floats out;

  /**
   * Prepares element-wise operations.
   *
   * @param team the threads to use
   */
  public Elementwise(WorkerTeam team) {
    this.team = team;
  }

  /**
   * Any cheap loop over outputs that share nothing, divided among the team in ranges of a whole
   * number of cache lines. The results are the same for any team if no output depends on another.
   *
   * @param n outputs; {@code body} is called for ranges that cover 0 to {@code n - 1}, each once
   * @param body the loop; called by several threads at the same time, each with a range of its own
   * @throws IllegalArgumentException if n is negative
   */
  public void run(int n, Range body) {
    Check.notNegative("n", n);
    this.n = n;
    this.body = body;
    team.run(Math.ceilDiv(n, CHUNK), chunk);
    this.body = null;
  }

  private void chunk(int task, int worker) {
    int from = task * CHUNK;
    body.run(from, from + Math.min(CHUNK, n - from));
  }

  /**
   * The rectifier: {@code y = max(x, 0)}. NaN stays NaN.
   *
   * @param n elements
   * @param x input
   * @param y output; may be the same elements as x
   * @throws IllegalArgumentException if n is negative, an operand is too short, or x and y overlap
   *     in part; y is unchanged then
   */
  public void relu(int n, Floats x, Floats y) {
    Check.notNegative("n", n);
    Operands.holds("x", x, n);
    Operands.holds("y", y, n);
    Operands.sameOrDisjoint("y", y, "x", x, n);
    run(n, relu, 0, x, null, y);
  }

  private void relu(int from, int to) {
    elements.relu(to - from, x.data, x.offset + from, out.data, out.offset + from);
  }

  /**
   * The gradient of {@link #relu}: {@code dx = y <= 0 ? 0 : dy}, so it passes where y is NaN.
   *
   * @param n elements
   * @param y the output of the forward pass
   * @param dy gradient with respect to y
   * @param dx output; may be the same elements as dy
   * @throws IllegalArgumentException if n is negative, an operand is too short, dx overlaps y, or
   *     dx and dy overlap in part; dx is unchanged then
   */
  public void reluBackward(int n, Floats y, Floats dy, Floats dx) {
    Check.notNegative("n", n);
    Operands.holds("y", y, n);
    Operands.holds("dy", dy, n);
    Operands.holds("dx", dx, n);
    Operands.disjoint("dx", dx, n, "y", y, n);
    Operands.sameOrDisjoint("dx", dx, "dy", dy, n);
    run(n, reluBackward, 0, dy, y, dx);
  }

  private void reluBackward(int from, int to) {
    elements.zeroWhereNotPositive(
        to - from, y.data, y.offset + from, x.data, x.offset + from, out.data, out.offset + from);
  }

  /**
   * {@code y = y + factor * x}, each element by one fused multiply-add. With {@code factor =
   * -learningRate} and x a gradient this is the update of stochastic gradient descent.
   *
   * @param n elements
   * @param factor multiplies x
   * @param x input
   * @param y updated; not overlapping x
   * @throws IllegalArgumentException if n is negative, an operand is too short, or they overlap; y
   *     is unchanged then
   */
  public void axpy(int n, float factor, Floats x, Floats y) {
    Check.notNegative("n", n);
    Operands.holds("x", x, n);
    Operands.holds("y", y, n);
    Operands.disjoint("y", y, n, "x", x, n);
    run(n, axpy, factor, x, null, y);
  }

  private void axpy(int from, int to) {
    elements.axpy(to - from, factor, x.data, x.offset + from, out.data, out.offset + from);
  }

  /**
   * {@code y = max(y + x, 0)}: a sum and its rectifier, while it is in the cache. NaN stays NaN.
   *
   * @param n elements
   * @param x input
   * @param y updated; not overlapping x
   * @throws IllegalArgumentException if n is negative, an operand is too short, or they overlap; y
   *     is unchanged then
   */
  public void addRelu(int n, Floats x, Floats y) {
    Check.notNegative("n", n);
    Operands.holds("x", x, n);
    Operands.holds("y", y, n);
    Operands.disjoint("y", y, n, "x", x, n);
    run(n, addRelu, 1, x, null, y);
  }

  private void addRelu(int from, int to) {
    axpy(from, to);
    elements.relu(to - from, out.data, out.offset + from, out.data, out.offset + from);
  }

  /**
   * {@code y = 0}.
   *
   * @param n elements
   * @param y output
   * @throws IllegalArgumentException if n is negative or y too short
   */
  public void zero(int n, Floats y) {
    Check.notNegative("n", n);
    Operands.holds("y", y, n);
    run(n, zero, 0, null, null, y);
  }

  private void zero(int from, int to) {
    Arrays.fill(out.data, out.offset + from, out.offset + to, 0f);
  }

  private void run(int n, Range operation, float factor, Floats x, Floats y, Floats out) {
    this.factor = factor;
    this.x = x;
    this.y = y;
    this.out = out;
    run(n, operation);
    this.x = null;
    this.y = null;
    this.out = null;
  }

  /**
   * The exponential function, in place: {@code values[i] = exp(values[i])}, to one unit in the last
   * place. On the calling thread, for a loop that is divided among threads already, such as an
   * activation function. Thread-safe.
   *
   * <p>Here rather than in {@code dev.lanewise.engine.math}, since it puts exponents together bit
   * by bit: the one thing among the cheap functions that C2 does not turn into vectors.
   *
   * @param values an array
   * @param from the first element
   * @param to one past the last
   * @throws IllegalArgumentException if they do not lie within the array; it is unchanged then
   */
  public static void exp(float[] values, int from, int to) {
    requireWithin(values, from, to);
    BackendChoice.kernels().elements().exp(to - from, values, from, 0, values, from);
  }

  /**
   * SiLU, {@code y[i] = x[i] / (1 + exp(-x[i]))}; -0.0 for minus infinity. On the calling thread,
   * as {@link #exp}, of which it is the most frequent use in networks. Thread-safe.
   *
   * @param x an array
   * @param y another one, or the same
   * @param from the first element
   * @param to one past the last
   * @throws IllegalArgumentException if they do not lie within both arrays; y is unchanged then
   */
  public static void silu(float[] x, float[] y, int from, int to) {
    requireWithin(x, from, to);
    requireWithin(y, from, to);
    BackendChoice.kernels().elements().silu(to - from, x, from, y, from);
  }

  private static void requireWithin(float[] values, int from, int to) {
    if (from < 0 || to < from || to > values.length) {
      throw new IllegalArgumentException(
          "elements " + from + " to " + to + " do not lie within " + values.length + " floats");
    }
  }

  /**
   * {@code sums[j] = sums[j] + x[0][j] + x[1][j] + ...}, from left to right: a bias's gradient. On
   * the calling thread.
   *
   * @param m rows
   * @param n columns
   * @param x the matrix, {@code [m, n]}
   * @param sums {@code [n]}, added to; not overlapping x
   * @throws IllegalArgumentException if a dimension is negative, an operand is too short, or they
   *     overlap; the sums are unchanged then
   */
  public void addColumnSums(int m, int n, Floats x, Floats sums) {
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    long size = (long) m * n;
    Operands.holds("x", x, size);
    Operands.holds("sums", sums, n);
    Operands.disjoint("sums", sums, n, "x", x, size);
    elements.addColumnSums(m, n, x.data, x.offset, sums.data, sums.offset);
  }
}
