// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;

/**
 * Covers a square of every image (DeVries and Taylor, "Improved regularization of convolutional
 * neural networks with cutout", 2017). Its centre is any pixel with the same probability, so a part
 * of the square may lie outside. Immutable.
 */
public final class Cutout implements Transform {
  private final int size;
  private final Fill fill;

  /**
   * A square of zeros: the mean, where images are normalised already.
   *
   * @param size its side in pixels, 1 or more
   * @throws IllegalArgumentException if it is less than 1
   */
  public Cutout(int size) {
    this(size, Fill.ZERO);
    if (size < 1) {
      throw new IllegalArgumentException("the size must be at least 1 pixel, but is " + size);
    }
  }

  private Cutout(int size, Fill fill) {
    this.size = size;
    this.fill = fill;
  }

  /**
   * What the square is of.
   *
   * @param values one, or one for each channel; finite
   * @return a copy that takes it
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public Cutout fill(float... values) {
    return new Cutout(size, new Fill(values));
  }

  @Override
  public void requireFit(Shape shape) {
    fill.requireFit(shape);
    if (size > shape.height() || size > shape.width()) {
      throw new IllegalArgumentException(
          "a cutout of " + size + "x" + size + " pixels does not fit into images " + shape);
    }
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    Shape shape = context.shape();
    int top = context.random().nextInt(shape.height()) - size / 2;
    int left = context.random().nextInt(shape.width()) - size / 2;
    int right = Math.min(left + size, shape.width());
    int bottom = Math.min(top + size, shape.height());
    int first = Math.max(left, 0);
    for (int y = Math.max(top, 0); y < bottom; y++) {
      int at = offset + (y * shape.width() + first) * shape.channels();
      fill.write(image, at, right - first, shape.channels());
    }
  }
}
