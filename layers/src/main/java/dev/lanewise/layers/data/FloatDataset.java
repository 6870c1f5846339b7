// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.Objects;

/**
 * Images of any float values, for data that does not come as 8-bit images, with labels or with
 * several values as the target of each.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class FloatDataset implements Dataset {
  private final Shape shape;
  private final int classes; // 0 if the targets are values
  private final List<String> classNames;
  private final int targetSize; // 0 if they are labels
  private final float[] images; // [N, H, W, C]
  private final int[] labels; // [N], or null
  private final float[] targets; // [N, targetSize], or null
  private final int first;
  private final int size;

  /**
   * Wraps images and labels.
   *
   * @param shape the shape of every image
   * @param classes the number of classes, 1 or more
   * @param images values {@code [N, H, W, C]}; not copied, so not to be changed afterwards
   * @param labels labels {@code [N]}; not copied, so not to be changed afterwards
   * @throws IllegalArgumentException if there is not one label for each image, or a label is not
   *     from 0 to {@code classes - 1}
   */
  public FloatDataset(Shape shape, int classes, float[] images, int[] labels) {
    this(shape, classes, List.of(), images, labels);
  }

  /**
   * Wraps images and labels of classes that have names.
   *
   * @param shape the shape of every image
   * @param classNames the names of the classes, 1 or more
   * @param images values {@code [N, H, W, C]}; not copied, so not to be changed afterwards
   * @param labels labels {@code [N]}; not copied, so not to be changed afterwards
   * @throws IllegalArgumentException if there is not one label for each image, or a label is not
   *     from 0 to {@code classNames.size() - 1}
   */
  public FloatDataset(Shape shape, List<String> classNames, float[] images, int[] labels) {
    this(shape, classNames.size(), classNames, images, labels);
  }

  private FloatDataset(
      Shape shape, int classes, List<String> classNames, float[] images, int[] labels) {
    if (classes < 1) {
      throw new IllegalArgumentException("classes must be positive, but is " + classes);
    }
    requireValues(labels.length, shape, images);
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + i + " is " + labels[i] + ", but must be from 0 to " + (classes - 1));
      }
    }
    this.shape = shape;
    this.classes = classes;
    this.classNames = List.copyOf(classNames);
    targetSize = 0;
    this.images = images;
    this.labels = labels;
    targets = null;
    first = 0;
    size = labels.length;
  }

  /**
   * Wraps images whose targets are values: the numbers of a regression, probabilities of classes,
   * or a 0 or 1 for each of many labels.
   *
   * @param shape the shape of every image
   * @param targetSize how many values the target of an image has, 1 or more: as many as the network
   *     has outputs
   * @param images values {@code [N, H, W, C]}; not copied, so not to be changed afterwards
   * @param targets values {@code [N, targetSize]}; not copied, so not to be changed afterwards
   * @throws IllegalArgumentException if there is not one target for each image, or one of its
   *     values is not finite
   */
  public FloatDataset(Shape shape, int targetSize, float[] images, float[] targets) {
    if (targetSize < 1) {
      throw new IllegalArgumentException("targetSize must be positive, but is " + targetSize);
    }
    if (targets.length % targetSize != 0) {
      throw new IllegalArgumentException(
          targets.length + " target values are no multiple of " + targetSize + " for an image");
    }
    requireValues(targets.length / targetSize, shape, images);
    for (int i = 0; i < targets.length; i++) {
      if (!Float.isFinite(targets[i])) {
        throw new IllegalArgumentException(
            ("target value " + i % targetSize + " of image " + i / targetSize)
                + (" must be finite, but is " + targets[i]));
      }
    }
    this.shape = shape;
    classes = 0;
    classNames = List.of();
    this.targetSize = targetSize;
    this.images = images;
    labels = null;
    this.targets = targets;
    first = 0;
    size = targets.length / targetSize;
  }

  private static void requireValues(int count, Shape shape, float[] images) {
    long needed = (long) count * shape.size();
    if (needed != images.length) {
      throw new IllegalArgumentException(
          (count + " images of shape " + shape + " need " + needed)
              + (" values, but there are " + images.length));
    }
  }

  private FloatDataset(FloatDataset whole, int first, int size) {
    shape = whole.shape;
    classes = whole.classes;
    classNames = whole.classNames;
    targetSize = whole.targetSize;
    images = whole.images;
    labels = whole.labels;
    targets = whole.targets;
    this.first = first;
    this.size = size;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int targetSize() {
    return targetSize;
  }

  @Override
  public int label(int image) {
    if (labels == null) {
      return Dataset.super.label(image); // refuses
    }
    return labels[first + Objects.checkIndex(image, size)];
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape.size();
    for (int i = 0; i < count; i++) {
      int image = first + Objects.checkIndex(indices[from + i], size);
      System.arraycopy(images, image * imageSize, x, xOffset + i * imageSize, imageSize);
      if (this.labels != null) {
        labels[labelsOffset + i] = this.labels[image];
      }
    }
  }

  @Override
  public void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    if (targets == null) {
      Dataset.super.copyTargets(indices, from, count, values, valuesOffset); // refuses
    }
    for (int i = 0; i < count; i++) {
      int image = first + Objects.checkIndex(indices[from + i], size);
      int to = valuesOffset + i * targetSize;
      System.arraycopy(targets, image * targetSize, values, to, targetSize);
    }
  }

  @Override
  public FloatDataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new FloatDataset(this, first + from, to - from);
  }

  @Override
  public String toString() {
    return size
        + " images "
        + shape
        + (targets == null
            ? " of " + classes + " classes"
            : " with " + targetSize + " target values each");
  }
}
