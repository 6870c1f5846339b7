// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.matrix.DenseBackward;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * The gradients of a dense layer {@code y = x W^T + bias} with respect to its weights W {@code
 * [out, in]} and to x.
 *
 * <p>An instance owns work space: it is not thread-safe. Allocates nothing once that is large
 * enough.
 */
public final class DenseGradient {
  private final DenseBackward backward;

  /**
   * Prepares gradients.
   *
   * @param team the threads to use
   */
  public DenseGradient(WorkerTeam team) {
    backward = new DenseBackward(team);
  }

  /**
   * {@code dWeight += dy^T x} and {@code dx = dy W}, all matrices contiguous.
   *
   * @param batch rows of x and dy
   * @param in columns of x and W
   * @param out rows of W, columns of dy
   * @param x {@code [batch, in]}
   * @param weight W, {@code [out, in]}
   * @param dy gradient with respect to y, {@code [batch, out]}
   * @param dWeight {@code [out, in]}, added to
   * @param dx receives the gradient with respect to x, {@code [batch, in]}; or {@code null} if it
   *     is not wanted
   * @throws IllegalArgumentException if a dimension is negative, an operand is too short, or an
   *     output overlaps another operand; the outputs are unchanged then
   */
  public void backward(
      int batch, int in, int out, Floats x, Floats weight, Floats dy, Floats dWeight, Floats dx) {
    Check.notNegative("batch", batch);
    Check.notNegative("in", in);
    Check.notNegative("out", out);
    long sizeX = (long) batch * in;
    long sizeW = (long) out * in;
    long sizeDy = (long) batch * out;
    Operands.holds("x", x, sizeX);
    Operands.holds("weight", weight, sizeW);
    Operands.holds("dy", dy, sizeDy);
    Operands.holds("dWeight", dWeight, sizeW);
    Operands.disjoint("dWeight", dWeight, sizeW, "x", x, sizeX);
    Operands.disjoint("dWeight", dWeight, sizeW, "weight", weight, sizeW);
    Operands.disjoint("dWeight", dWeight, sizeW, "dy", dy, sizeDy);
    if (dx != null) {
      Operands.holds("dx", dx, sizeX);
      Operands.disjoint("dx", dx, sizeX, "x", x, sizeX);
      Operands.disjoint("dx", dx, sizeX, "weight", weight, sizeW);
      Operands.disjoint("dx", dx, sizeX, "dy", dy, sizeDy);
      Operands.disjoint("dx", dx, sizeX, "dWeight", dWeight, sizeW);
    }
    backward.run(batch, in, out, x, weight, dy, dWeight, dx);
  }
}
