// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/**
 * A running computation of a loss that compares each output with a target value by itself. The loss
 * of an image is the mean over its outputs, so that the mean of a batch is the mean over all of its
 * outputs, PyTorch's reduction {@code "mean"}, each times the weight of its image. Labels count as
 * the values that they stand for.
 */
abstract class ElementPass implements Loss.Pass {
  private final int outputs;
  private final int maxBatch;
  private final boolean probabilities;
  private final Targets fromLabels;
  private final float[] yRow; // [outputs]
  private final float[] tRow; // [outputs]
  private final float[] row; // [outputs]: losses or gradients

  /**
   * Prepares a computation.
   *
   * @param output the shape of one output of the network
   * @param maxBatch the largest batch
   * @param probabilities whether target values must be from 0 to 1, instead of finite
   */
  ElementPass(Shape output, int maxBatch, boolean probabilities) {
    if (maxBatch < 1) {
      throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
    }
    outputs = output.size();
    this.maxBatch = maxBatch;
    this.probabilities = probabilities;
    fromLabels = new Targets(maxBatch, outputs);
    yRow = new float[outputs];
    tRow = new float[outputs];
    row = new float[outputs];
  }

  /** How many classes labels may be of: one output tells two apart. */
  static int classes(Shape output) {
    return Math.max(2, output.size());
  }

  /**
   * The losses of the outputs of an image. The arrays are read and written at one index, so that
   * the loop becomes one of vectors.
   *
   * @param y {@code [outputs]}
   * @param t {@code [outputs]}, the target values
   * @param loss receives {@code [outputs]}
   */
  abstract void losses(float[] y, float[] t, float[] loss);

  /** The gradients of {@code scale * loss} with respect to y; as {@link #losses}. */
  abstract void gradients(float[] y, float[] t, float[] dy, float scale);

  @Override
  public final double forward(int batch, Tensor y, Targets targets) {
    checkBatch(batch, "y", y);
    return forward(batch, y, values(batch, targets), targets);
  }

  private double forward(int batch, Tensor y, Tensor t, Targets targets) {
    double sum = 0;
    for (int i = 0; i < batch; i++) {
      copyRow(y, i, yRow);
      copyRow(t, i, tRow);
      losses(yRow, tRow, row);
      sum += targets.isWeighted() ? targets.weight(i) * sum(row) : sum(row);
    }
    return sum / outputs;
  }

  /** The sum in double precision, of four chains, so that no addition waits for the last one. */
  private static double sum(float[] x) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i <= x.length - 4; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    for (; i < x.length; i++) {
      a += x[i];
    }
    return (a + b) + (c + d);
  }

  @Override
  public final double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy) {
    checkBatch(batch, "y", y);
    checkBatch(batch, "dy", dy);
    Tensor t = values(batch, targets);
    float scale = (float) (1.0 / ((double) Math.max(1, batch) * outputs));
    for (int i = 0; i < batch; i++) {
      copyRow(y, i, yRow);
      copyRow(t, i, tRow);
      gradients(yRow, tRow, row, targets.isWeighted() ? scale * targets.weight(i) : scale);
      System.arraycopy(row, 0, dy.data, dy.offset + i * outputs, outputs);
    }
    return forward(batch, y, t, targets);
  }

  private void copyRow(Tensor from, int i, float[] to) {
    System.arraycopy(from.data, from.offset + i * outputs, to, 0, outputs);
  }

  private Tensor values(int batch, Targets targets) {
    targets.requireWeights(batch);
    if (targets.hasValues()) {
      if (probabilities) {
        targets.requireProbabilities(batch, outputs);
      } else {
        targets.requireFinite(batch, outputs);
      }
      return targets.values();
    }
    targets.requireLabels(batch, Math.max(2, outputs));
    targets.copyTo(fromLabels, batch);
    return fromLabels.labelsToValues(batch);
  }

  /** The array behind a tensor may be longer. */
  private void checkBatch(int batch, String name, Tensor tensor) {
    int fits = Math.min(maxBatch, tensor.size() / outputs);
    if (batch < 0 || batch > fits) {
      throw new IllegalArgumentException(
          ("batch must be from 0 to " + fits + " for " + name + " " + tensor)
              + (" of " + outputs + " outputs, but is " + batch));
    }
  }
}
