package dev.lanewise.engine;

/**
 * Inner products of the rows of one matrix with the rows of another, plus a bias: the forward pass
 * of a dense layer whose weights of one output lie side by side, {@code [out, in]}.
 *
 * <p>Unlike {@link Gemm} it has its vectors along the sum, so that no lane idles however few
 * columns the result has, and rows of both operands are read from front to back, as prefetchers
 * like it. The sum is cut into 16 chains ({@link Kernels#dot}); an element depends on its two rows
 * alone, never on the other rows of the batch.
 *
 * <p>An instance owns work space: it is not thread-safe. Allocates nothing once made.
 */
public final class InnerProducts {
  /** Rows of B per task, at most: as many as the kernel takes at a time. */
  private static final int COLUMNS = 8;

  /** Rows of A per task where B is short: one tile. */
  private static final int ROWS = 5;

  private static final float[] ZEROS = new float[COLUMNS]; // where there is no bias

  private final WorkerTeam team;
  private final Kernels kernels = Backend.kernels();
  private final float[][] work; // one per worker
  private final WorkerTeam.Task task = this::task;

  // The running product.
  private int taskRows;
  private int taskColumns;
  private int m;
  private int n;
  private int k;
  private Floats a;
  private Floats b;
  private Floats bias; // null for none
  private Floats c;

  /**
   * Prepares products.
   *
   * @param team the threads to use
   */
  public InnerProducts(WorkerTeam team) {
    this.team = team;
    work = new float[team.threads()][Kernels.DOT_WORK];
  }

  /**
   * {@code C[i][j] = bias[j] + sum over p of A[i][p] * B[j][p]}, all matrices contiguous.
   *
   * @param m rows of A and C
   * @param n rows of B, columns of C
   * @param k columns of A and B
   * @param a A, {@code [m, k]}
   * @param b B, {@code [n, k]}
   * @param bias {@code [n]}, or {@code null} for none
   * @param c receives C, {@code [m, n]}
   * @throws IllegalArgumentException if a dimension is negative, an operand is too short, or C
   *     overlaps an input; C is unchanged then
   */
  public void multiply(int m, int n, int k, Floats a, Floats b, Floats bias, Floats c) {
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    Check.notNegative("k", k);
    long sizeA = (long) m * k;
    long sizeB = (long) n * k;
    long sizeC = (long) m * n;
    Operands.holds("A", a, sizeA);
    Operands.holds("B", b, sizeB);
    Operands.holds("C", c, sizeC);
    Operands.disjoint("C", c, sizeC, "A", a, sizeA);
    Operands.disjoint("C", c, sizeC, "B", b, sizeB);
    if (bias != null) {
      Operands.holds("bias", bias, n);
      Operands.disjoint("C", c, sizeC, "bias", bias, n);
    }
    if (sizeC == 0) {
      return;
    }
    this.m = m;
    this.n = n;
    this.k = k;
    this.a = a;
    this.b = b;
    this.bias = bias;
    this.c = c;
    // Each row of B is best read by one thread alone; a short B is divided by rows of A as well.
    taskColumns = Math.min(n, COLUMNS);
    taskRows = n >= COLUMNS * 2 * team.threads() ? m : ROWS;
    team.run(Math.ceilDiv(m, taskRows) * Math.ceilDiv(n, taskColumns), task);
    this.a = null;
    this.b = null;
    this.bias = null;
    this.c = null;
  }

  private void task(int index, int worker) {
    int blocks = Math.ceilDiv(n, taskColumns);
    int i = index / blocks * taskRows;
    int j = index % blocks * taskColumns;
    kernels.dot(
        Math.min(taskRows, m - i),
        Math.min(taskColumns, n - j),
        k,
        a.data,
        a.offset + i * k,
        k,
        b.data,
        b.offset + j * k,
        k,
        bias == null ? ZEROS : bias.data,
        bias == null ? 0 : bias.offset + j,
        c.data,
        c.offset + i * n + j,
        n,
        work[worker]);
  }
}
