package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/**
 * A running computation of a loss that compares each output with a target value by itself. The loss
 * of an image is the mean over its outputs, so that the mean of a batch is the mean over all of its
 * outputs, PyTorch's reduction {@code "mean"}. Labels count as the values that they stand for.
 */
abstract class ElementPass implements Loss.Pass {
  private final int outputs;
  private final int maxBatch;
  private final boolean probabilities;
  private final Targets fromLabels;

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
  }

  /** How many classes labels may be of: one output tells two apart. */
  static int classes(Shape output) {
    return Math.max(2, output.size());
  }

  /** The sum of the losses of n outputs, in order; y, t: [n]. */
  abstract double loss(int n, float[] y, int yOff, float[] t, int tOff);

  /** The gradient of {@code scale * loss} with respect to y; dy: [n]. */
  abstract void gradient(
      int n, float[] y, int yOff, float[] t, int tOff, float[] dy, int dyOff, float scale);

  @Override
  public final double forward(int batch, Tensor y, Targets targets) {
    checkBatch(batch, "y", y);
    return forward(batch, y, values(batch, targets));
  }

  private double forward(int batch, Tensor y, Tensor t) {
    double sum = 0;
    for (int i = 0; i < batch; i++) {
      int at = i * outputs;
      sum += loss(outputs, y.data, y.offset + at, t.data, t.offset + at);
    }
    return sum / outputs;
  }

  @Override
  public final double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy) {
    checkBatch(batch, "y", y);
    checkBatch(batch, "dy", dy);
    Tensor t = values(batch, targets);
    float scale = (float) (1.0 / ((double) Math.max(1, batch) * outputs));
    for (int i = 0; i < batch; i++) {
      int at = i * outputs;
      gradient(
          outputs, y.data, y.offset + at, t.data, t.offset + at, dy.data, dy.offset + at, scale);
    }
    return forward(batch, y, t);
  }

  private Tensor values(int batch, Targets targets) {
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
