// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Data sets one after another, as PyTorch's {@code ConcatDataset}. No image is copied.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class ConcatDataset implements Dataset {
  private final List<Dataset> parts;
  private final int[] starts; // of each part, and the end
  private final int[] numbers; // 0, 1, 2 and so on, of the images of the largest part

  /**
   * Joins data sets.
   *
   * @param parts one or more, with images of one shape and targets of one kind
   * @throws IllegalArgumentException if there is none, shapes, classes, their names or the sizes of
   *     the targets differ, or there are more than 2^31 - 1 images
   */
  public ConcatDataset(Dataset... parts) {
    this(List.of(parts));
  }

  private ConcatDataset(List<Dataset> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("expected at least one data set");
    }
    this.parts = parts;
    starts = new int[parts.size() + 1];
    int largest = 0;
    for (int i = 0; i < parts.size(); i++) {
      requireSame(parts.getFirst(), parts.get(i), i);
      int size = parts.get(i).size();
      if ((long) starts[i] + size > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("there are more than 2^31 - 1 images");
      }
      starts[i + 1] = starts[i] + size;
      largest = Math.max(largest, size);
    }
    numbers = new int[largest];
    Arrays.setAll(numbers, i -> i);
  }

  private static void requireSame(Dataset first, Dataset other, int number) {
    if (!other.shape().equals(first.shape())
        || other.classes() != first.classes()
        || other.targetSize() != first.targetSize()
        || !other.classNames().equals(first.classNames())) {
      throw new IllegalArgumentException(
          "data set %d has %s, but data set 0 has %s"
              .formatted(number, described(other), described(first)));
    }
  }

  private static String described(Dataset data) {
    String targets =
        data.targetSize() > 0
            ? " with " + data.targetSize() + " target values"
            : " of " + data.classes() + " classes";
    return "images "
        + data.shape()
        + targets
        + (data.classNames().isEmpty() ? "" : " " + data.classNames());
  }

  @Override
  public int size() {
    return starts[parts.size()];
  }

  @Override
  public Shape shape() {
    return parts.getFirst().shape();
  }

  @Override
  public int classes() {
    return parts.getFirst().classes();
  }

  @Override
  public int targetSize() {
    return parts.getFirst().targetSize();
  }

  @Override
  public List<String> classNames() {
    return parts.getFirst().classNames();
  }

  @Override
  public boolean inMemory() {
    for (Dataset part : parts) {
      if (!part.inMemory()) {
        return false;
      }
    }
    return true;
  }

  /** The part that an image is in. */
  private int part(int image) {
    Objects.checkIndex(image, size());
    int part = 0;
    while (image >= starts[part + 1]) {
      part++;
    }
    return part;
  }

  @Override
  public int label(int image) {
    int part = part(image);
    return parts.get(part).label(image - starts[part]);
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape().size();
    for (int i = 0; i < count; i++) {
      int part = part(indices[from + i]);
      int image = indices[from + i] - starts[part];
      parts.get(part).copy(numbers, image, 1, x, xOffset + i * imageSize, labels, labelsOffset + i);
    }
  }

  @Override
  public void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    for (int i = 0; i < count; i++) {
      int part = part(indices[from + i]);
      int image = indices[from + i] - starts[part];
      parts.get(part).copyTargets(numbers, image, 1, values, valuesOffset + i * targetSize());
    }
  }

  @Override
  public boolean isWeighted() {
    return parts.stream().anyMatch(Dataset::isWeighted);
  }

  @Override
  public void copyWeights(int[] indices, int from, int count, float[] weights, int weightsOffset) {
    for (int i = 0; i < count; i++) {
      int part = part(indices[from + i]);
      int image = indices[from + i] - starts[part];
      parts.get(part).copyWeights(numbers, image, 1, weights, weightsOffset + i);
    }
  }

  @Override
  public Subset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size());
    int[] images = new int[to - from];
    Arrays.setAll(images, i -> from + i);
    return new Subset(this, images);
  }

  @Override
  public String toString() {
    return size() + " " + described(this);
  }
}
