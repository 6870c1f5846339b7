// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Shape;

/**
 * A value of a model that is being written, for a batch of N images.
 *
 * @param name of the value
 * @param shape of an image of it in the network, {@code [H, W, C]}
 * @param map {@code null} if the value is {@code [N, C, H, W]}; otherwise it is {@code [N, H * W *
 *     C]}, and its elements are in the order of this map with channels first. A map of one pixel
 *     stands for the order of memory
 */
record Written(String name, Shape shape, Shape map) {
  /** A value {@code [N, C, H, W]}. */
  static Written image(String name, Shape shape) {
    return new Written(name, shape, null);
  }

  /** A value {@code [N, H * W * C]} in the order of memory. */
  static Written inMemory(String name, Shape shape) {
    return new Written(name, shape, Shape.flat(shape.size()));
  }

  boolean isImage() {
    return map == null;
  }

  /** The same elements, in the same order, under another name. */
  Written with(String other) {
    return new Written(other, shape, map);
  }

  /** Whether the elements are in the order of memory. */
  boolean isInMemory() {
    return isSame(map == null ? shape : map);
  }

  /** Whether channels first and channels last are the same order. */
  private static boolean isSame(Shape map) {
    return map.channels() == 1 || map.height() * map.width() == 1;
  }
}
