// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.run.Floats;

/**
 * Softmax and cross-entropy, fused: the loss {@code log(sum over j of exp(z[j])) - z[label]} of a
 * row of logits z and its gradient {@code softmax(z) - onehot(label)}.
 *
 * <p>The largest logit is subtracted first, so the loss is finite for any finite logits. The sum of
 * exponentials uses 16 virtual lanes, lane l taking the elements l, l + 16, ..., and a fixed tree
 * over the lanes; the logarithm is {@link StrictMath}'s. Stateless and thread-safe; runs in the
 * calling thread, since a batch of logits is small.
 */
public final class CrossEntropy {
  private static final int LANES = 16;

  private CrossEntropy() {}

  /**
   * Computes losses and, if wanted, gradients.
   *
   * @param batch number of rows, N
   * @param classes columns, at least 1
   * @param logits {@code [N, classes]}
   * @param labels {@code [N]}: the true class of each row
   * @param work {@code [N, classes]}, overwritten; not overlapping {@code logits}
   * @param scale with {@code scale > 0}, {@code work} receives the gradient of {@code scale * (sum
   *     of the losses)} with respect to the logits; {@code 1 / N} makes it that of the mean. With
   *     {@code scale == 0} its content is unspecified
   * @return the sum of the losses of the rows, added up in order
   * @throws IllegalArgumentException if scale is negative or NaN, an operand is too short, they
   *     overlap, or a label is not a class; nothing is written then
   */
  public static double forwardBackward(
      int batch, int classes, Floats logits, int[] labels, Floats work, float scale) {
    Check.notNegative("batch", batch);
    Check.positive("classes", classes);
    if (!(scale >= 0)) {
      throw new IllegalArgumentException("scale must not be negative, but is " + scale);
    }
    long size = (long) batch * classes;
    Operands.holds("logits", logits, size);
    Operands.holds("labels", labels.length, batch);
    Operands.holds("work", work, size);
    Operands.disjoint("work", work, size, "logits", logits, size);
    for (int i = 0; i < batch; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + i + " must be from 0 to " + (classes - 1) + ", but is " + labels[i]);
      }
    }
    double loss = 0;
    for (int i = 0; i < batch; i++) {
      int at = i * classes;
      loss +=
          row(
              classes,
              logits.data,
              logits.offset + at,
              labels[i],
              work.data,
              work.offset + at,
              scale);
    }
    return loss;
  }

  /**
   * Computes losses against targets t of each class, such as probabilities, and, if wanted,
   * gradients. The loss of a row is {@code sum over j of t[j] * (log(sum over k of exp(z[k])) -
   * z[j])}, where a target of 0 adds nothing even to a logit of -infinity; its gradient is {@code
   * sum(t) * softmax(z) - t}. Targets that are one-hot give the bits that their labels give.
   *
   * @param batch number of rows, N
   * @param classes columns, at least 1
   * @param logits {@code [N, classes]}
   * @param targets {@code [N, classes]}: the weight of each class; of any finite value
   * @param work {@code [N, classes]}, overwritten; not overlapping {@code logits} or {@code
   *     targets}
   * @param scale as for labels
   * @return the sum of the losses of the rows, added up in order
   * @throws IllegalArgumentException if scale is negative or NaN, an operand is too short, or they
   *     overlap; nothing is written then
   */
  public static double forwardBackward(
      int batch, int classes, Floats logits, Floats targets, Floats work, float scale) {
    Check.notNegative("batch", batch);
    Check.positive("classes", classes);
    if (!(scale >= 0)) {
      throw new IllegalArgumentException("scale must not be negative, but is " + scale);
    }
    long size = (long) batch * classes;
    Operands.holds("logits", logits, size);
    Operands.holds("targets", targets, size);
    Operands.holds("work", work, size);
    Operands.disjoint("work", work, size, "logits", logits, size);
    Operands.disjoint("work", work, size, "targets", targets, size);
    double loss = 0;
    for (int i = 0; i < batch; i++) {
      int at = i * classes;
      loss +=
          row(
              classes,
              logits.data,
              logits.offset + at,
              targets.data,
              targets.offset + at,
              work.data,
              work.offset + at,
              scale);
    }
    return loss;
  }

  /**
   * Probabilities of the classes: {@code p[i][j] = exp(z[i][j]) / sum over k of exp(z[i][k])}.
   *
   * @param batch number of rows, N
   * @param classes columns, at least 1
   * @param logits {@code [N, classes]}
   * @param probabilities receives {@code [N, classes]}; not overlapping {@code logits}
   * @throws IllegalArgumentException if an operand is too short, or they overlap; nothing is
   *     written then
   */
  public static void softmax(int batch, int classes, Floats logits, Floats probabilities) {
    Check.notNegative("batch", batch);
    Check.positive("classes", classes);
    long size = (long) batch * classes;
    Operands.holds("logits", logits, size);
    Operands.holds("probabilities", probabilities, size);
    Operands.disjoint("probabilities", probabilities, size, "logits", logits, size);
    float[] p = probabilities.data;
    for (int i = 0; i < batch; i++) {
      int at = probabilities.offset + i * classes;
      float sum = exponentials(classes, logits.data, logits.offset + i * classes, p, at);
      for (int j = 0; j < classes; j++) {
        p[at + j] /= sum;
      }
    }
  }

  /** {@code e[j] = exp(z[j] - max of z)}; returns their sum. */
  private static float exponentials(int n, float[] z, int zOff, float[] e, int eOff) {
    BackendChoice.kernels().elements().exp(n, z, zOff, largest(n, z, zOff), e, eOff);
    return sum(n, e, eOff);
  }

  private static float largest(int n, float[] z, int zOff) {
    float max = z[zOff];
    for (int j = 1; j < n; j++) {
      max = Math.max(max, z[zOff + j]);
    }
    return max;
  }

  private static double row(
      int n, float[] z, int zOff, int label, float[] work, int workOff, float scale) {
    float sum = exponentials(n, z, zOff, work, workOff);
    if (scale > 0) {
      for (int j = 0; j < n; j++) {
        work[workOff + j] = (work[workOff + j] / sum - (j == label ? 1f : 0f)) * scale;
      }
    }
    return StrictMath.log(sum) + ((double) largest(n, z, zOff) - z[zOff + label]);
  }

  private static double row(
      int n, float[] z, int zOff, float[] t, int tOff, float[] work, int workOff, float scale) {
    float max = largest(n, z, zOff);
    float sum = exponentials(n, z, zOff, work, workOff);
    double loss = 0;
    double total = 0;
    for (int j = 0; j < n; j++) {
      if (t[tOff + j] != 0) {
        loss += t[tOff + j] * ((double) max - z[zOff + j]);
        total += t[tOff + j];
      }
    }
    if (scale > 0) {
      float share = (float) total;
      for (int j = 0; j < n; j++) {
        work[workOff + j] = (work[workOff + j] / sum * share - t[tOff + j]) * scale;
      }
    }
    return total * StrictMath.log(sum) + loss;
  }

  /** The sum of {@code x[0 .. n-1]} over the virtual lanes; {@code x} stays as it is. */
  private static float sum(int n, float[] x, int xOff) {
    return tree(n, x, xOff, 0, LANES);
  }

  /** The virtual lanes {@code lane} to {@code lane + lanes - 1}, added up as a binary tree. */
  private static float tree(int n, float[] x, int xOff, int lane, int lanes) {
    if (lanes > 1) {
      int half = lanes / 2;
      return tree(n, x, xOff, lane, half) + tree(n, x, xOff, lane + half, half);
    }
    float sum = 0;
    for (int j = lane; j < n; j += LANES) {
      sum += x[xOff + j];
    }
    return sum;
  }
}
