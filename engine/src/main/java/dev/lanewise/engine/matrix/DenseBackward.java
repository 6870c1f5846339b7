package dev.lanewise.engine.matrix;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * The gradients of a dense layer {@code y = x W^T + bias}: {@code dWeight += dy^T x} and {@code dx
 * = dy W}.
 *
 * <p>Two halves of the work spare the caches of the threads if they occupy the team. Where W is
 * large, a thread keeps half its rows, those that it has in the forward pass and in the optimizer,
 * and never reads the others: while one computes the terms of dx that come from its half, the other
 * computes the gradient of its own; then they change places, and the second carries on the sums of
 * the first. Where W is small, each computes dx of half the images, those that it has in the layers
 * before, and half the columns of dWeight. For larger teams, for products that {@link Product}
 * packs, and without dx, each gradient is a product that the team divides. An element is the same
 * chain of operations in any case ({@link MatrixKernels#gemm}).
 *
 * <p>Not thread-safe; arguments are checked by the caller.
 */
public final class DenseBackward {
  /** Halves of W, or of a batch, for a thread each. */
  private static final int HALVES = 2;

  /** Rows of W from which on its halves are shared out. */
  private static final int MANY_ROWS = 64;

  /** Tasks of each thread at a time, and of both. */
  private static final int BLOCKS = 8;

  private static final int TASKS = 2 * BLOCKS;

  /** Columns of a tile: a block begins with one. */
  private static final int TILE = 32;

  /** Rows of a large W whose gradients are written together, each of them along a block. */
  private static final int ROWS = 8;

  private final WorkerTeam team;
  private final Product product;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final WorkerTeam.Task halves = this::halves;
  private final WorkerTeam.Task firstTerms = this::firstTerms;
  private final WorkerTeam.Task lastTerms = this::lastTerms;

  // The running call.
  private int batch;
  private int in;
  private int out;
  private Floats x;
  private Floats weight;
  private Floats dy;
  private Floats dWeight;
  private Floats dx;

  /** Prepares gradients on a team. */
  public DenseBackward(WorkerTeam team) {
    this.team = team;
    product = new Product(team);
  }

  /** Adds to dWeight and computes dx, {@code null} if it is not wanted. */
  public void run(
      int batch, int in, int out, Floats x, Floats weight, Floats dy, Floats dWeight, Floats dx) {
    boolean shared = team.threads() > 1 && BatchParts.occupy(HALVES, team);
    boolean packed = Product.packs(out, in, batch) || Product.packs(batch, in, out);
    if (dx == null || packed || !shared) {
      product.run(out, in, batch, dy, 1, out, x, in, 1, dWeight, in, dWeight, in);
      if (dx != null) {
        product.run(batch, in, out, dy, out, 1, weight, in, 1, null, 0, dx, in);
      }
      return;
    }
    this.batch = batch;
    this.in = in;
    this.out = out;
    this.x = x;
    this.weight = weight;
    this.dy = dy;
    this.dWeight = dWeight;
    this.dx = dx;
    if (out < MANY_ROWS) {
      team.run(TASKS, halves);
    } else {
      team.run(TASKS, firstTerms);
      team.run(TASKS, lastTerms);
    }
    this.x = null;
    this.weight = null;
    this.dy = null;
    this.dWeight = null;
    this.dx = null;
  }

  /** Columns of dWeight, and dx of half the images. */
  private void halves(int task, int worker) {
    int middle = batch / 2;
    int j = column(task, TASKS);
    weights(0, out, j, column(task + 1, TASKS));
    if (task < BLOCKS) {
      data(0, middle, 0, out, task);
    } else {
      data(middle, batch, 0, out, task - BLOCKS);
    }
  }

  /** Terms of dx from the first half of the rows, and the second half of dWeight. */
  private void firstTerms(int task, int worker) {
    if (task < BLOCKS) {
      data(0, batch, 0, out / 2, task);
    } else {
      rows(out / 2, out, task - BLOCKS);
    }
  }

  /** The first half of dWeight, and terms of dx from the second half of the rows. */
  private void lastTerms(int task, int worker) {
    if (task < BLOCKS) {
      rows(0, out / 2, task);
    } else {
      data(0, batch, out / 2, out, task - BLOCKS);
    }
  }

  /** Where one of some blocks of columns begins. */
  private int column(int block, int blocks) {
    return block == blocks ? in : (int) ((long) in * block / blocks) / TILE * TILE;
  }

  /** Adds to a block of some rows of dWeight. */
  private void rows(int from, int to, int block) {
    for (int i = from; i < to; i += ROWS) {
      weights(i, Math.min(i + ROWS, to), column(block, BLOCKS), column(block + 1, BLOCKS));
    }
  }

  /** Adds to some rows and columns of dWeight. */
  private void weights(int from, int to, int j, int end) {
    int at = dWeight.offset + from * in + j;
    matrix.gemm(
        to - from,
        end - j,
        batch,
        dy.data,
        dy.offset + from,
        1,
        out,
        x.data,
        x.offset + j,
        in,
        dWeight.data,
        at,
        in,
        dWeight.data,
        at,
        in);
  }

  /** Starts, or carries on, the sums of a block of some images of dx with some rows of W. */
  private void data(int first, int end, int from, int to, int block) {
    int j = column(block, BLOCKS);
    int at = dx.offset + first * in + j;
    matrix.gemm(
        end - first,
        column(block + 1, BLOCKS) - j,
        to - from,
        dy.data,
        dy.offset + first * out + from,
        out,
        1,
        weight.data,
        weight.offset + from * in + j,
        in,
        from == 0 ? null : dx.data,
        at,
        in,
        dx.data,
        at,
        in);
  }
}
