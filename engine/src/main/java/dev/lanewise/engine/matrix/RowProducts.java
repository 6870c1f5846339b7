// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.matrix;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * Inner products of the rows of A with the rows of B ({@link MatrixKernels#dot}), divided among a
 * team. Not thread-safe; arguments are checked by the caller.
 */
public final class RowProducts {
  /** Rows of B per task, at most: as many as the kernel takes at a time. */
  private static final int COLUMNS = 8;

  /** Rows of A per task where B is short: one tile. */
  private static final int ROWS = 5;

  private static final float[] ZEROS = new float[COLUMNS]; // where there is no bias

  private final WorkerTeam team;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
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

  /** Prepares products on a team. */
  public RowProducts(WorkerTeam team) {
    this.team = team;
    work = new float[team.threads()][MatrixKernels.DOT_WORK];
  }

  /** {@code C[i][j] = bias[j] + sum over p of A[i][p] * B[j][p]}; without a bias from 0. */
  public void run(int m, int n, int k, Floats a, Floats b, Floats bias, Floats c) {
    if (m == 0 || n == 0) {
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
    matrix.dot(
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
