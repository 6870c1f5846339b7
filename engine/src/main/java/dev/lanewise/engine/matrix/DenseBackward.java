// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.matrix;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * The gradients of a dense layer {@code y = x W^T + bias}: {@code dWeight += dy^T x} and {@code dx
 * = dy W}.
 *
 * <p>Where W has few rows and several threads share the images, both are computed at once: a task
 * has some columns of dWeight, and dx of some of the images. Those are the images that its thread
 * has in the layers before, so they are in its cache. Otherwise, and without dx, each gradient is a
 * {@link Product}. An element is the same chain of operations in any case ({@link
 * MatrixKernels#gemm}).
 *
 * <p>Not thread-safe; arguments are checked by the caller.
 */
public final class DenseBackward {
  /** Rows of W from which on each gradient is a product. */
  private static final int MANY_ROWS = 64;

  /** Blocks of the columns of dx, at most. */
  private static final int BLOCKS = 8;

  /** Columns of a tile: a block begins with one. */
  private static final int TILE = 32;

  private final WorkerTeam team;
  private final Product product;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final WorkerTeam.Task both = this::both;

  // The running call.
  private int parts; // of the images
  private int blocks; // of the columns of dx
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
    parts = Math.min(batch, team.threads());
    if (dx == null || parts < 2 || out >= MANY_ROWS || Product.packs(out, in, batch)) {
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
    blocks = Math.clamp(in / ((long) parts * TILE), 1, BLOCKS);
    team.run(parts * blocks, both);
    this.x = null;
    this.weight = null;
    this.dy = null;
    this.dWeight = null;
    this.dx = null;
  }

  /** A block of columns of dWeight, and one of dx of a part of the images. */
  private void both(int task, int worker) {
    int j = column(task, parts * blocks);
    weights(j, column(task + 1, parts * blocks));
    int part = task / blocks;
    int block = task % blocks;
    data(first(part), first(part + 1), column(block, blocks), column(block + 1, blocks));
  }

  /** The first image of a part. */
  private int first(int part) {
    return (int) ((long) batch * part / parts);
  }

  /** Where one of some blocks of columns begins. */
  private int column(int block, int blocks) {
    return block == blocks ? in : (int) ((long) in * block / blocks) / TILE * TILE;
  }

  /** Adds to some columns of dWeight. */
  private void weights(int j, int end) {
    int at = dWeight.offset + j;
    matrix.gemm(
        out,
        end - j,
        batch,
        dy.data,
        dy.offset,
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

  /** Some columns of dx of some images. */
  private void data(int first, int last, int j, int end) {
    matrix.gemm(
        last - first,
        end - j,
        out,
        dy.data,
        dy.offset + first * out,
        out,
        1,
        weight.data,
        weight.offset + j,
        in,
        null,
        0,
        0,
        dx.data,
        dx.offset + first * in + j,
        in);
  }
}
