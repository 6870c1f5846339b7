package dev.lanewise.layers;

import dev.lanewise.engine.Spare;
import java.util.Arrays;

/**
 * Floats with a shape: a row-major window of {@code size()} elements of {@code data} that begins at
 * {@code offset}. It has no arithmetic; that is the engine's and the layers' part.
 *
 * <p>Not thread-safe: the elements are plain array elements.
 */
public final class Tensor {
  /** The array that holds the elements, perhaps among others. */
  public final float[] data;

  /** The index in {@link #data} of the first element. */
  public final int offset;

  private final int[] dims;
  private final int size;

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
    long size = size(dims);
    if (offset < 0 || offset + size > data.length) {
      throw new IllegalArgumentException(
          "a tensor "
              + Arrays.toString(dims)
              + " at offset "
              + offset
              + " does not fit into "
              + data.length
              + " floats");
    }
    this.data = data;
    this.offset = offset;
    this.dims = dims.clone();
    this.size = (int) size;
  }

  /**
   * A new tensor of zeros.
   *
   * @param dims the dimensions, outermost first
   * @return the tensor
   */
  public static Tensor zeros(int... dims) {
    return new Tensor(new float[Math.addExact(size(dims), Spare.FLOATS)], 0, dims);
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

  private static int size(int... dims) {
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
   * The number of elements.
   *
   * @return the product of the dimensions
   */
  public int size() {
    return size;
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
