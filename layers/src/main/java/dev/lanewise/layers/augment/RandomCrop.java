// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;

/**
 * Pads an image on all sides and takes a random part of it that is as large as the image was:
 * torchvision's {@code RandomCrop(size, padding)}. In other words, the image is shifted by whole
 * pixels, each shift up to the padding equally likely. Immutable.
 */
public final class RandomCrop implements Transform {
  private enum Padding {
    FILL,
    REFLECT,
    EDGE
  }

  private final int vertical;
  private final int horizontal;
  private final Padding padding;
  private final Fill fill;

  /**
   * A crop of an image that is padded with zeros.
   *
   * @param padding how many pixels on each side, 0 or more
   * @throws IllegalArgumentException if the padding is negative
   */
  public RandomCrop(int padding) {
    this(padding, padding);
  }

  /**
   * A crop of an image that is padded with zeros.
   *
   * @param vertical how many pixels above and below, 0 or more
   * @param horizontal how many pixels on the left and on the right, 0 or more
   * @throws IllegalArgumentException if a padding is negative
   */
  public RandomCrop(int vertical, int horizontal) {
    this(checked(vertical), checked(horizontal), Padding.FILL, Fill.ZERO);
  }

  private RandomCrop(int vertical, int horizontal, Padding padding, Fill fill) {
    this.vertical = vertical;
    this.horizontal = horizontal;
    this.padding = padding;
    this.fill = fill;
  }

  private static int checked(int padding) {
    if (padding < 0) {
      throw new IllegalArgumentException(
          "the padding must be at least 0 pixels, but is " + padding);
    }
    return padding;
  }

  /**
   * Pads with values.
   *
   * @param values one, or one for each channel; finite
   * @return a copy that does so
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public RandomCrop fill(float... values) {
    return new RandomCrop(vertical, horizontal, Padding.FILL, new Fill(values));
  }

  /**
   * Pads with the mirrored image, in which the pixels of the edge are not repeated: {@code d c b |
   * a b c d | c b a}.
   *
   * @return a copy that does so
   */
  public RandomCrop reflect() {
    return new RandomCrop(vertical, horizontal, Padding.REFLECT, fill);
  }

  /**
   * Pads with the pixels of the edge: {@code a a a | a b c d | d d d}.
   *
   * @return a copy that does so
   */
  public RandomCrop edge() {
    return new RandomCrop(vertical, horizontal, Padding.EDGE, fill);
  }

  @Override
  public void requireFit(Shape shape) {
    fill.requireFit(shape);
    if (padding == Padding.REFLECT && (vertical >= shape.height() || horizontal >= shape.width())) {
      throw new IllegalArgumentException(
          "a reflected padding of "
              + (vertical + " and " + horizontal)
              + (" pixels needs larger images than " + shape));
    }
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    int dy = context.random().nextInt(2 * vertical + 1) - vertical;
    int dx = context.random().nextInt(2 * horizontal + 1) - horizontal;
    Shape shape = context.shape();
    int channels = shape.channels();
    int row = shape.width() * channels;
    float[] copy = context.scratch();
    System.arraycopy(image, offset, copy, 0, shape.size());
    int left = Math.clamp(-dx, 0, shape.width()); // columns before the first of the image
    int right = Math.clamp(shape.width() - dx, left, shape.width());
    for (int y = 0; y < shape.height(); y++) {
      int at = offset + y * row;
      int from = source(y + dy, shape.height());
      if (from < 0) {
        fill.write(image, at, shape.width(), channels);
        continue;
      }
      for (int x = 0; x < left; x++) {
        pixel(copy, from * row, x + dx, image, at + x * channels, shape);
      }
      int inner = (right - left) * channels;
      System.arraycopy(
          copy, from * row + (left + dx) * channels, image, at + left * channels, inner);
      for (int x = right; x < shape.width(); x++) {
        pixel(copy, from * row, x + dx, image, at + x * channels, shape);
      }
    }
  }

  private void pixel(float[] from, int row, int x, float[] to, int at, Shape shape) {
    int channels = shape.channels();
    int column = source(x, shape.width());
    if (column < 0) {
      fill.write(to, at, 1, channels);
    } else {
      System.arraycopy(from, row + column * channels, to, at, channels);
    }
  }

  /** Which row or column stands at a coordinate; -1 for the fill. */
  private int source(int coordinate, int size) {
    if (coordinate >= 0 && coordinate < size) {
      return coordinate;
    }
    return switch (padding) {
      case FILL -> -1;
      case EDGE -> coordinate < 0 ? 0 : size - 1;
      case REFLECT -> coordinate < 0 ? -coordinate : 2 * (size - 1) - coordinate;
    };
  }
}
