// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.Objects;

/**
 * Labelled images of 8 bits per value, kept as bytes: MNIST takes 47 MB. {@link #copy} hands each
 * value out as {@code value / 255f}.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class ImageDataset implements Dataset {
  private final Shape shape;
  private final int classes;
  private final List<String> classNames;
  private final byte[] pixels; // [N, H, W, C], unsigned
  private final byte[] labels; // [N], unsigned
  private final int first;
  private final int size;

  /**
   * Wraps images and labels.
   *
   * @param shape the shape of every image
   * @param classes the number of classes, from 1 to 256
   * @param pixels unsigned values {@code [N, H, W, C]}; not copied, so not to be changed afterwards
   * @param labels unsigned labels {@code [N]}; not copied, so not to be changed afterwards
   * @throws IllegalArgumentException if there is not one label for each image, or a label is not
   *     from 0 to {@code classes - 1}
   */
  public ImageDataset(Shape shape, int classes, byte[] pixels, byte[] labels) {
    this(shape, classes, List.of(), pixels, labels);
  }

  /**
   * Wraps images and labels of classes that have names.
   *
   * @param shape the shape of every image
   * @param classNames the names of the classes, from 1 to 256 of them
   * @param pixels unsigned values {@code [N, H, W, C]}; not copied, so not to be changed afterwards
   * @param labels unsigned labels {@code [N]}; not copied, so not to be changed afterwards
   * @throws IllegalArgumentException if there is not one label for each image, or a label is not
   *     from 0 to {@code classNames.size() - 1}
   */
  public ImageDataset(Shape shape, List<String> classNames, byte[] pixels, byte[] labels) {
    this(shape, classNames.size(), classNames, pixels, labels);
  }

  private ImageDataset(
      Shape shape, int classes, List<String> classNames, byte[] pixels, byte[] labels) {
    if (classes < 1 || classes > 256) {
      throw new IllegalArgumentException("classes must be from 1 to 256, but is " + classes);
    }
    if ((long) labels.length * shape.size() != pixels.length) {
      throw new IllegalArgumentException(
          labels.length
              + " images of shape "
              + shape
              + " need "
              + (long) labels.length * shape.size()
              + " values, but there are "
              + pixels.length);
    }
    for (int i = 0; i < labels.length; i++) {
      if ((labels[i] & 0xFF) >= classes) {
        throw new IllegalArgumentException(
            "label "
                + i
                + " is "
                + (labels[i] & 0xFF)
                + ", but must be from 0 to "
                + (classes - 1));
      }
    }
    this.shape = shape;
    this.classes = classes;
    this.classNames = List.copyOf(classNames);
    this.pixels = pixels;
    this.labels = labels;
    first = 0;
    size = labels.length;
  }

  private ImageDataset(ImageDataset whole, int first, int size) {
    shape = whole.shape;
    classes = whole.classes;
    classNames = whole.classNames;
    pixels = whole.pixels;
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
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int image) {
    return labels[first + Objects.checkIndex(image, size)] & 0xFF;
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape.size();
    for (int i = 0; i < count; i++) {
      int image = first + Objects.checkIndex(indices[from + i], size);
      Pixels.toFloats(pixels, image * imageSize, x, xOffset + i * imageSize, imageSize);
      labels[labelsOffset + i] = this.labels[image] & 0xFF;
    }
  }

  @Override
  public ImageDataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new ImageDataset(this, first + from, to - from);
  }

  @Override
  public String toString() {
    return size + " images " + shape + " of " + classes + " classes";
  }
}
