// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import java.util.Arrays;

/**
 * Floats with a shape: a row-major window of {@code size()} elements of {@code data} that begins at
 * {@code offset}. It has no arithmetic; that is the engine's and the layers' part.
 *
 * <p>Not thread-safe: the elements are plain array elements.
 */
public final class Tensor extends Floats {
  private final int[] dims;

  /**
   * Views part of an array as a tensor.
   *
   * @param data the elements; not copied
   * @param offset index of the first one
   * @param dims the dimensions, outermost first
   * @throws IllegalArgumentException if a dimension is negative or the elements do not lie within
   *     {@code data}
   */
  public Tensor(float[] data, int offset, int... dims) {
    int size = size(dims);
    if (offset < 0 || (long) offset + size > data.length) {
      throw new IllegalArgumentException(
          "a tensor "
              + Arrays.toString(dims)
              + " at offset "
              + offset
              + " does not fit into "
              + data.length
              + " floats");
    }
    super(data, offset, size);
    this.dims = dims.clone();
  }

  /**
   * A new tensor of zeros.
   *
   * @param dims the dimensions, outermost first
   * @return the tensor
   */
  public static Tensor zeros(int... dims) {
    return new Tensor(new float[Math.addExact(size(dims), Padding.FLOATS)], 0, dims);
  }

  /**
   * A new tensor for a batch of images.
   *
   * @param batch how many images
   * @param shape the shape of one
   * @return zeros {@code [batch, height, width, channels]}
   */
  public static Tensor zeros(int batch, Shape shape) {
    return zeros(batch, shape.height(), shape.width(), shape.channels());
  }

  /**
   * Copies elements, unless both tensors lie in the same place.
   *
   * @param to receives them
   * @param count how many, from the first on
   */
  public void copyTo(Tensor to, int count) {
    if (data != to.data || offset != to.offset) {
      System.arraycopy(data, offset, to.data, to.offset, count);
    }
  }

  static int size(int... dims) {
    long size = 1;
    for (int dim : dims) {
      if (dim < 0 || (size *= dim) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "dimensions must not be negative, and their product below 2^31: "
                + Arrays.toString(dims));
      }
    }
    return (int) size;
  }

  /**
   * The dimensions.
   *
   * @return a copy, outermost first
   */
  public int[] dims() {
    return dims.clone();
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(dims);
  }
}
