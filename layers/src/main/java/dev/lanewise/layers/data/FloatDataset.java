package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.Objects;

/**
 * Labelled images of any float values, for data that does not come as 8-bit images.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class FloatDataset implements Dataset {
  private final Shape shape;
  private final int classes;
  private final float[] images; // [N, H, W, C]
  private final int[] labels; // [N]
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
    if (classes < 1) {
      throw new IllegalArgumentException("classes must be positive, but is " + classes);
    }
    if ((long) labels.length * shape.size() != images.length) {
      throw new IllegalArgumentException(
          labels.length
              + " images of shape "
              + shape
              + " need "
              + (long) labels.length * shape.size()
              + " values, but there are "
              + images.length);
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + i + " is " + labels[i] + ", but must be from 0 to " + (classes - 1));
      }
    }
    this.shape = shape;
    this.classes = classes;
    this.images = images;
    this.labels = labels;
    first = 0;
    size = labels.length;
  }

  private FloatDataset(FloatDataset whole, int first, int size) {
    shape = whole.shape;
    classes = whole.classes;
    images = whole.images;
    labels = whole.labels;
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
  public int label(int image) {
    return labels[first + Objects.checkIndex(image, size)];
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape.size();
    for (int i = 0; i < count; i++) {
      int image = first + Objects.checkIndex(indices[from + i], size);
      System.arraycopy(images, image * imageSize, x, xOffset + i * imageSize, imageSize);
      labels[labelsOffset + i] = this.labels[image];
    }
  }

  @Override
  public FloatDataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new FloatDataset(this, first + from, to - from);
  }

  @Override
  public String toString() {
    return size + " images " + shape + " of " + classes + " classes";
  }
}
