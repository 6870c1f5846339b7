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
  private float[] a;
  private int aOff;
  private float[] b;
  private int bOff;
  private float[] bias;
  private int biasOff;
  private float[] c;
  private int cOff;

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
   * @param aOff its first element
   * @param b B, {@code [n, k]}
   * @param bOff its first element
   * @param bias {@code [n]}
   * @param biasOff its first element
   * @param c receives C, {@code [m, n]}
   * @param cOff its first element
   * @throws IllegalArgumentException if a dimension is negative, an operand exceeds its array, or C
   *     overlaps an input; C is unchanged then
   */
  public void multiply(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      float[] bias,
      int biasOff,
      float[] c,
      int cOff) {
    Check.notNegative("m", m);
    Check.notNegative("n", n);
    Check.notNegative("k", k);
    long sizeA = (long) m * k;
    long sizeB = (long) n * k;
    long sizeC = (long) m * n;
    Check.range("A", a.length, aOff, sizeA);
    Check.range("B", b.length, bOff, sizeB);
    Check.range("bias", bias.length, biasOff, n);
    Check.range("C", c.length, cOff, sizeC);
    Check.disjoint("C", c, cOff, sizeC, "A", a, aOff, sizeA);
    Check.disjoint("C", c, cOff, sizeC, "B", b, bOff, sizeB);
    Check.disjoint("C", c, cOff, sizeC, "bias", bias, biasOff, n);
    if (sizeC == 0) {
      return;
    }
    this.m = m;
    this.n = n;
    this.k = k;
    this.a = a;
    this.aOff = aOff;
    this.b = b;
    this.bOff = bOff;
    this.bias = bias;
    this.biasOff = biasOff;
    this.c = c;
    this.cOff = cOff;
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
        a,
        aOff + i * k,
        k,
        b,
        bOff + j * k,
        k,
        bias,
        biasOff + j,
        c,
        cOff + i * n + j,
        n,
        work[worker]);
  }
}
