package dev.lanewise.engine;

import java.util.Arrays;

/**
 * Operations that look at one element at a time, divided among a team of threads; and sums of
 * columns. An instance holds the running call: not thread-safe. Allocates nothing once made.
 */
public final class Elementwise {
  /**
   * Elements of a task, 16 KiB. So small that each worker's share is the part of a matrix that it
   * has computed itself, which lies in its cache; an element costs less than fetching it from
   * there.
   */
  private static final int CHUNK = 4 * 1024;

  private final WorkerTeam team;
  private final Kernels kernels = Backend.kernels();
  private final WorkerTeam.Task relu = this::relu;
  private final WorkerTeam.Task reluBackward = this::reluBackward;
  private final WorkerTeam.Task axpy = this::axpy;
  private final WorkerTeam.Task zero = this::zero;
  private final WorkerTeam.Task addColumnSums = this::addColumnSums;

  // The running call.
  private int n;
  private int rows; // of a matrix
  private float factor;
  private float[] x;
  private int xOff;
  private float[] y;
  private int yOff;
  private float[] out;
  private int outOff;

  /**
   * Prepares element-wise operations.
   *
   * @param team the threads to use
   */
  public Elementwise(WorkerTeam team) {
    this.team = team;
  }

  /**
   * The rectifier: {@code y = max(x, 0)}. NaN stays NaN.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param y output; may be the same elements as x
   * @param yOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array, or x and y overlap in part
   */
  public void relu(int n, float[] x, int xOff, float[] y, int yOff) {
    Check.notNegative("n", n);
    Check.range("x", x.length, xOff, n);
    Check.range("y", y.length, yOff, n);
    checkSameOrDisjoint(n, "y", y, yOff, "x", x, xOff);
    set(n, 0, x, xOff, null, 0, y, yOff);
    team.run(Math.ceilDiv(n, CHUNK), relu);
    clear();
  }

  private void relu(int task, int worker) {
    int at = task * CHUNK;
    kernels.relu(Math.min(CHUNK, n - at), x, xOff + at, out, outOff + at);
  }

  /**
   * The gradient of {@link #relu}: {@code dx = y <= 0 ? 0 : dy}, so it passes where y is NaN.
   *
   * @param n elements
   * @param y the output of the forward pass
   * @param yOff its first element
   * @param dy gradient with respect to y
   * @param dyOff its first element
   * @param dx output; may be the same elements as dy
   * @param dxOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array, dx overlaps y, or dx and dy
   *     overlap in part
   */
  public void reluBackward(
      int n, float[] y, int yOff, float[] dy, int dyOff, float[] dx, int dxOff) {
    Check.notNegative("n", n);
    Check.range("y", y.length, yOff, n);
    Check.range("dy", dy.length, dyOff, n);
    Check.range("dx", dx.length, dxOff, n);
    Check.disjoint("dx", dx, dxOff, n, "y", y, yOff, n);
    checkSameOrDisjoint(n, "dx", dx, dxOff, "dy", dy, dyOff);
    set(n, 0, dy, dyOff, y, yOff, dx, dxOff);
    team.run(Math.ceilDiv(n, CHUNK), reluBackward);
    clear();
  }

  private void reluBackward(int task, int worker) {
    int at = task * CHUNK;
    kernels.reluBackward(Math.min(CHUNK, n - at), y, yOff + at, x, xOff + at, out, outOff + at);
  }

  /**
   * {@code y = y + factor * x}, each element by one fused multiply-add. With {@code factor =
   * -learningRate} and x a gradient this is the update of stochastic gradient descent.
   *
   * @param n elements
   * @param factor multiplies x
   * @param x input
   * @param xOff its first element
   * @param y updated; not overlapping x
   * @param yOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array or they overlap
   */
  public void axpy(int n, float factor, float[] x, int xOff, float[] y, int yOff) {
    Check.notNegative("n", n);
    Check.range("x", x.length, xOff, n);
    Check.range("y", y.length, yOff, n);
    Check.disjoint("y", y, yOff, n, "x", x, xOff, n);
    set(n, factor, x, xOff, null, 0, y, yOff);
    team.run(Math.ceilDiv(n, CHUNK), axpy);
    clear();
  }

  private void axpy(int task, int worker) {
    int at = task * CHUNK;
    kernels.axpy(Math.min(CHUNK, n - at), factor, x, xOff + at, out, outOff + at);
  }

  /**
   * {@code y = 0}.
   *
   * @param n elements
   * @param y output
   * @param yOff its first element
   * @throws IllegalArgumentException if the elements exceed the array
   */
  public void zero(int n, float[] y, int yOff) {
    Check.notNegative("n", n);
    Check.range("y", y.length, yOff, n);
    set(n, 0, null, 0, null, 0, y, yOff);
    team.run(Math.ceilDiv(n, CHUNK), zero);
    clear();
  }

  private void zero(int task, int worker) {
    int at = task * CHUNK;
    Arrays.fill(out, outOff + at, outOff + at + Math.min(CHUNK, n - at), 0f);
  }

  /**
   * {@code sums[j] = sums[j] + x[0][j] + x[1][j] + ...}, from left to right: a bias's gradient. On
   * the calling thread.
   *
   * @param m rows
   * @param n columns
   * @param x the matrix, {@code [m, n]}
   * @param xOff its first element
   * @param sums {@code [n]}, added to; not overlapping x
   * @param sumsOff its first element
   * @throws IllegalArgumentException if a dimension is negative, an operand exceeds its array or
   *     they overlap
   */
  public void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff) {
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    Check.range("x", x.length, xOff, (long) m * n);
    Check.range("sums", sums.length, sumsOff, n);
    Check.disjoint("sums", sums, sumsOff, n, "x", x, xOff, (long) m * n);
    set(n, 0, x, xOff, null, 0, sums, sumsOff);
    rows = m;
    team.run(1, addColumnSums);
    clear();
  }

  private void addColumnSums(int task, int worker) {
    kernels.addColumnSums(rows, n, x, xOff, out, outOff);
  }

  private static void checkSameOrDisjoint(
      int n, String outName, float[] out, int outOff, String inName, float[] in, int inOff) {
    if (out != in || outOff != inOff) {
      Check.disjoint(outName, out, outOff, n, inName, in, inOff, n);
    }
  }

  private void set(
      int n, float factor, float[] x, int xOff, float[] y, int yOff, float[] out, int outOff) {
    this.n = n;
    this.factor = factor;
    this.x = x;
    this.xOff = xOff;
    this.y = y;
    this.yOff = yOff;
    this.out = out;
    this.outOff = outOff;
  }

  private void clear() {
    set(0, 0, null, 0, null, 0, null, 0);
  }
}
