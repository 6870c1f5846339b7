// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Tensor;

/**
 * What a network should answer for the images of a batch: either labels, the class of each image,
 * or values, one for each output of the network, such as probabilities of classes or the numbers of
 * a regression. A {@link Loss} takes targets as a whole.
 *
 * <p>A label stands for the one-hot vector of its class, 1 there and 0 elsewhere; for a network of
 * one output, which tells two classes apart, for the number 0 or 1 itself.
 *
 * <p>Images may weigh differently: the loss of each is then multiplied by its weight, and the mean
 * still taken over all N images.
 *
 * <p>Reused from batch to batch; allocates nothing once made. Not thread-safe.
 */
public final class Targets {
  private final int[] labels; // [maxBatch]
  private final Tensor values; // [maxBatch, outputs]; null if there is room for labels alone
  private final int outputs;
  private final float[] weights; // [maxBatch]
  private boolean hasValues;
  private boolean weighted;

  /**
   * Labels to be filled in.
   *
   * @param maxBatch the largest batch
   */
  public Targets(int maxBatch) {
    this(new int[maxBatch], null, 0);
  }

  /**
   * Labels to be filled in, or after {@link #useValues} values.
   *
   * @param maxBatch the largest batch
   * @param outputs how many outputs the network has for an image
   * @throws IllegalArgumentException if {@code outputs} is not positive
   */
  public Targets(int maxBatch, int outputs) {
    if (outputs < 1) {
      throw new IllegalArgumentException("outputs must be positive, but is " + outputs);
    }
    this(new int[maxBatch], Tensor.zeros(maxBatch, outputs), outputs);
  }

  private Targets(int[] labels, Tensor values, int outputs) {
    this.labels = labels;
    this.values = values;
    this.outputs = outputs;
    weights = new float[labels.length];
  }

  /**
   * Labels that are known.
   *
   * @param labels the true class of each image; not copied
   * @return the targets of a batch of {@code labels.length} images
   */
  public static Targets of(int... labels) {
    return new Targets(labels, null, 0);
  }

  /**
   * Values that are known.
   *
   * @param values {@code [N, ...]}, a value for each output of the network; not copied
   * @return the targets of a batch of N images
   * @throws IllegalArgumentException if there is no image, or no value for it
   */
  public static Targets of(Tensor values) {
    int batch = values.dims().length == 0 ? 0 : values.dims()[0];
    if (values.size() == 0 || batch == 0) {
      throw new IllegalArgumentException("expected values [N, outputs], but they are " + values);
    }
    Targets targets = new Targets(new int[batch], values, values.size() / batch);
    targets.hasValues = true;
    return targets;
  }

  /**
   * Which kind of targets these are.
   *
   * @return true for values, false for labels
   */
  public boolean hasValues() {
    return hasValues;
  }

  /**
   * The labels.
   *
   * @return {@code [maxBatch]}, the array itself
   * @throws IllegalStateException if these targets are values
   */
  public int[] labels() {
    if (hasValues) {
      throw new IllegalStateException("the targets are values, not labels");
    }
    return labels;
  }

  /**
   * The values.
   *
   * @return {@code [maxBatch, outputs]}, the tensor itself
   * @throws IllegalStateException if these targets are labels
   */
  public Tensor values() {
    if (!hasValues) {
      throw new IllegalStateException("the targets are labels, not values");
    }
    return values;
  }

  /**
   * How many values an image has.
   *
   * @return the number of outputs of the network; 0 where there is room for labels alone
   */
  public int outputs() {
    return outputs;
  }

  /**
   * Makes these targets labels.
   *
   * @return {@code [maxBatch]}, to be filled in
   */
  public int[] useLabels() {
    hasValues = false;
    return labels;
  }

  /**
   * Makes these targets values.
   *
   * @return {@code [maxBatch, outputs]}, to be filled in
   * @throws IllegalStateException if they were made for labels alone
   */
  public Tensor useValues() {
    requireRoom();
    hasValues = true;
    return values;
  }

  /**
   * Whether images weigh differently.
   *
   * @return false at first: each has the weight 1
   */
  public boolean isWeighted() {
    return weighted;
  }

  /**
   * Lets images weigh differently, or not any more.
   *
   * @param weighted whether they do
   * @return {@code [maxBatch]}, to be filled in with weights of at least 0 if they do
   */
  public float[] useWeights(boolean weighted) {
    this.weighted = weighted;
    return weights;
  }

  /**
   * The weight of an image, which a loss multiplies its loss and its gradients by.
   *
   * @param image its place in the batch
   * @return 1 if images do not weigh differently
   */
  public float weight(int image) {
    return weighted ? weights[image] : 1f;
  }

  /** Refuses weights that are negative or not finite. */
  void requireWeights(int batch) {
    int count = Math.min(batch, weights.length); // whoever reads the targets refuses a larger one
    for (int i = 0; weighted && i < count; i++) {
      if (!(weights[i] >= 0 && weights[i] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "the weight of image " + i + " must be finite and at least 0, but is " + weights[i]);
      }
    }
  }

  /**
   * Writes labels as the values that they stand for, so that they can be mixed. Leaves values as
   * they are.
   *
   * @param batch the number of images
   * @return the values, {@code [maxBatch, outputs]}; those of the first {@code batch} images hold
   * @throws IllegalArgumentException if a label is not that of a class; nothing is changed then
   * @throws IllegalStateException if these targets were made for labels alone
   */
  public Tensor labelsToValues(int batch) {
    requireRoom();
    if (!hasValues) {
      requireLabels(batch, Math.max(2, outputs));
      for (int i = 0; i < batch; i++) {
        for (int j = 0; j < outputs; j++) {
          values.data[values.offset + i * outputs + j] = value(labels[i], j, outputs);
        }
      }
      hasValues = true;
    }
    return values;
  }

  /** The number that a label stands for at an output. */
  static float value(int label, int output, int outputs) {
    return label == (outputs == 1 ? 1 : output) ? 1f : 0f;
  }

  /** Refuses labels that are not those of a class. */
  void requireLabels(int batch, int classes) {
    if (batch > labels.length) {
      throw new IllegalArgumentException(
          "expected labels for " + batch + " images, but there are " + labels.length);
    }
    for (int i = 0; i < batch; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + i + " must be from 0 to " + (classes - 1) + ", but is " + labels[i]);
      }
    }
  }

  /** Refuses values that are not finite, or not one for each output. */
  void requireFinite(int batch, int outputs) {
    requireValues(batch, outputs, -Float.MAX_VALUE, Float.MAX_VALUE, "finite");
  }

  /** Refuses values that are not from 0 to 1, or not one for each output. */
  void requireProbabilities(int batch, int outputs) {
    float most = 1 + 0x1p-20f; // mixed ones may exceed 1 by their roundings
    requireValues(batch, outputs, 0, most, "from 0 to 1");
  }

  private void requireValues(int batch, int outputs, float least, float most, String expected) {
    if (outputs != this.outputs || (long) batch * outputs > values.size()) {
      throw new IllegalArgumentException(
          ("expected target values for " + batch + " images of " + outputs)
              + (" outputs, but they are " + values));
    }
    float smallest = least;
    float largest = most;
    for (int i = 0; i < batch * outputs; i++) { // of a form that becomes vectors; keeps a NaN
      smallest = Math.min(smallest, values.data[values.offset + i]);
      largest = Math.max(largest, values.data[values.offset + i]);
    }
    if (smallest == least && largest == most) {
      return;
    }
    for (int i = 0; i < batch * outputs; i++) {
      float value = values.data[values.offset + i];
      if (!(value >= least && value <= most)) {
        throw new IllegalArgumentException(
            ("target value " + i % outputs + " of image " + i / outputs)
                + (" must be " + expected + ", but is " + value));
      }
    }
  }

  private void requireRoom() {
    if (values == null) {
      throw new IllegalStateException("the targets were made for labels alone, not for values");
    }
  }

  /**
   * Copies the targets of the first images.
   *
   * @param to receives them, and becomes of the same kind
   * @param batch how many images
   * @throws IllegalStateException if these are values, and {@code to} was made for labels alone
   */
  public void copyTo(Targets to, int batch) {
    if (hasValues) {
      values.copyTo(to.useValues(), batch * outputs);
    } else {
      System.arraycopy(labels, 0, to.useLabels(), 0, batch);
    }
    System.arraycopy(weights, 0, to.useWeights(weighted), 0, batch);
  }
}
