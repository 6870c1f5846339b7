// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;

/** Attributes of layers that are lists of any length. */
final class Attributes {
  private Attributes() {}

  static List<Integer> list(int... values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** Several lists, under one name and their numbers. */
  static Description with(Description description, String name, int[][] lists) {
    for (int i = 0; i < lists.length; i++) {
      description = description.with(name + i, list(lists[i]));
    }
    return description;
  }

  static int[] ints(Description description, String name) {
    if (!(description.attributes().get(name) instanceof List<?> values) || values.isEmpty()) {
      throw new IllegalArgumentException(
          description.kind() + ": attribute " + name + " must be a list of whole numbers");
    }
    return values.stream().mapToInt(value -> (Integer) value).toArray();
  }

  static int[][] lists(Description description, String name) {
    int count = 0;
    while (description.attributes().containsKey(name + count)) {
      count++;
    }
    int[][] lists = new int[count][];
    Arrays.setAll(lists, i -> ints(description, name + i));
    return lists;
  }

  static Shape shape(Description description) {
    int[] shape = description.integers("shape", 0, 0, 0);
    return new Shape(shape[0], shape[1], shape[2]);
  }

  static Description with(Description description, Shape shape) {
    return description.with("shape", List.of(shape.height(), shape.width(), shape.channels()));
  }

  /**
   * The product of lengths.
   *
   * @throws IllegalArgumentException if one is not positive, or the product is 2^31 or more
   */
  static int product(int... lengths) {
    long product = 1;
    for (int length : lengths) {
      if (length < 1 || (product *= length) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "lengths must be positive, with a product below 2^31, but are "
                + Arrays.toString(lengths));
      }
    }
    return (int) product;
  }

  static int[] lengths(int[][] tables) {
    return Arrays.stream(tables).mapToInt(table -> table.length).toArray();
  }

  /**
   * Checks offsets, one of which is taken from each table and added up.
   *
   * @param least the least that is allowed
   * @throws IllegalArgumentException if a sum may lie outside of an image
   */
  static void requireWithin(int size, int least, int[][] tables) {
    long largest = 0;
    for (int[] table : tables) {
      int max = 0;
      for (int offset : table) {
        if (offset < least) {
          throw new IllegalArgumentException("an offset must not be below " + least);
        }
        max = Math.max(max, offset);
      }
      largest += max;
    }
    if (largest >= size) {
      throw new IllegalArgumentException(
          "offsets reach " + largest + ", but an image has " + size + " values");
    }
  }
}
