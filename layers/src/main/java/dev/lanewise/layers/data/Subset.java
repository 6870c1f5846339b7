package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.Objects;

/**
 * Chosen images of another data set, in any order. No image is copied.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class Subset implements Dataset {
  private final Dataset data;
  private final int[] chosen; // image numbers of data
  private final int first;
  private final int size;

  /**
   * Chooses images.
   *
   * @param data where they are
   * @param images their numbers, in the order wanted; copied
   * @throws IndexOutOfBoundsException if there is no image of such a number
   */
  public Subset(Dataset data, int... images) {
    for (int image : images) {
      Objects.checkIndex(image, data.size());
    }
    this.data = data;
    chosen = images.clone();
    first = 0;
    size = chosen.length;
  }

  private Subset(Subset whole, int first, int size) {
    data = whole.data;
    chosen = whole.chosen;
    this.first = first;
    this.size = size;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Shape shape() {
    return data.shape();
  }

  @Override
  public int classes() {
    return data.classes();
  }

  @Override
  public int label(int image) {
    return data.label(chosen[first + Objects.checkIndex(image, size)]);
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape().size();
    for (int i = 0; i < count; i++) {
      int at = first + Objects.checkIndex(indices[from + i], size);
      data.copy(chosen, at, 1, x, xOffset + i * imageSize, labels, labelsOffset + i);
    }
  }

  @Override
  public Subset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new Subset(this, first + from, to - from);
  }

  @Override
  public String toString() {
    return size + " of " + data;
  }
}
