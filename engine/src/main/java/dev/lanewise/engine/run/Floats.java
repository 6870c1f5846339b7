// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

/**
 * A view of consecutive floats of an array: the operand of every facade. It holds no data of its
 * own; the elements are plain array elements, so two threads must not write the same ones.
 */
public class Floats {
  /** The array that holds the elements, perhaps among others. */
  public final float[] data;

  /** The index in {@link #data} of the first element. */
  public final int offset;

  private final int size;

  /**
   * Views part of an array.
   *
   * @param data the elements; not copied
   * @param offset index of the first one
   * @param size how many
   * @throws IllegalArgumentException if the elements do not lie within {@code data}
   */
  public Floats(float[] data, int offset, int size) {
    if (offset < 0 || size < 0 || (long) offset + size > data.length) {
      throw new IllegalArgumentException(
          size + " elements from offset " + offset + " do not lie in an array of " + data.length);
    }
    this.data = data;
    this.offset = offset;
    this.size = size;
  }

  /**
   * Views a whole array.
   *
   * @param values the elements; not copied
   * @return a view of all of them
   */
  public static Floats of(float... values) {
    return new Floats(values, 0, values.length);
  }

  /**
   * The number of elements.
   *
   * @return how many this view has
   */
  public final int size() {
    return size;
  }
}
