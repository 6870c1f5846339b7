// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * Sums of squares, in double precision. They are cut into blocks of a constant size, and within a
 * block into eight sums: so the bits do not depend on the threads. Not thread-safe; allocates
 * nothing once it has seen the longest operand.
 */
final class SquareSum {
  /** Elements of a block: some ten microseconds of a thread. */
  private static final int BLOCK = 16 * 1024;

  private final WorkerTeam team;
  private final WorkerTeam.Task task = this::block;
  private double[] sums = new double[0]; // of blocks

  // The running call.
  private Floats running;
  private int n;

  SquareSum(WorkerTeam team) {
    this.team = team;
  }

  /** The sum of the squares of the first n elements. */
  double of(Floats x, int n) {
    int blocks = Math.ceilDiv(n, BLOCK);
    if (sums.length < blocks) {
      sums = new double[blocks];
    }
    running = x;
    this.n = n;
    team.run(blocks, task);
    running = null;
    double sum = 0;
    for (int i = 0; i < blocks; i++) {
      sum += sums[i];
    }
    return sum;
  }

  private void block(int block, int worker) {
    int from = running.offset + block * BLOCK;
    int to = from + Math.min(BLOCK, n - block * BLOCK);
    sums[block] = sum(running.data, from, to);
  }

  /** Eight sums, so that an addition need not wait for the one before. Products are exact. */
  private static double sum(float[] x, int from, int to) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      s0 += (double) x[i] * x[i];
      s1 += (double) x[i + 1] * x[i + 1];
      s2 += (double) x[i + 2] * x[i + 2];
      s3 += (double) x[i + 3] * x[i + 3];
      s4 += (double) x[i + 4] * x[i + 4];
      s5 += (double) x[i + 5] * x[i + 5];
      s6 += (double) x[i + 6] * x[i + 6];
      s7 += (double) x[i + 7] * x[i + 7];
    }
    for (; i < to; i++) {
      s0 += (double) x[i] * x[i];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }
}
