// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.io.Serializable;

/**
 * The shape of one image or feature map, {@code [height, width, channels]}. A flat vector of
 * features is {@code [1, 1, features]}.
 *
 * @param height rows
 * @param width columns
 * @param channels values per pixel, contiguous in memory
 */
public record Shape(int height, int width, int channels) implements Serializable {
  /**
   * Checks the dimensions.
   *
   * @throws IllegalArgumentException if a dimension is not positive or their product exceeds {@code
   *     int}
   */
  public Shape {
    if (height < 1
        || width < 1
        || channels < 1
        || (long) height * width > Integer.MAX_VALUE
        || (long) height * width * channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a shape needs positive dimensions with a product below 2^31, but is ["
              + height
              + ", "
              + width
              + ", "
              + channels
              + "]");
    }
  }

  /**
   * A shape.
   *
   * @param height rows
   * @param width columns
   * @param channels values per pixel
   * @return {@code [height, width, channels]}
   * @throws IllegalArgumentException as the constructor
   */
  public static Shape of(int height, int width, int channels) {
    return new Shape(height, width, channels);
  }

  /**
   * The shape of a flat vector.
   *
   * @param features its length
   * @return {@code [1, 1, features]}
   */
  public static Shape flat(int features) {
    return new Shape(1, 1, features);
  }

  /**
   * The number of values.
   *
   * @return height * width * channels
   */
  public int size() {
    return height * width * channels;
  }

  /**
   * Whether this is a flat vector.
   *
   * @return true for one pixel
   */
  public boolean isFlat() {
    return height == 1 && width == 1;
  }

  @Override
  public String toString() {
    return "[" + height + ", " + width + ", " + channels + "]";
  }
}
