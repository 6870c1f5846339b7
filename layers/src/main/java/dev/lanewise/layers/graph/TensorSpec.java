// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor that a layer keeps: a parameter, which is trained, or a buffer, which is not. Immutable.
 *
 * @param name the name within the layer, as PyTorch calls it, such as {@code weight}
 * @param dims the dimensions in memory
 * @param initializer draws or sets its first values
 * @param fanIn inputs of one output
 * @param fanOut outputs that one input reaches
 * @param layout how it lies in files
 * @param whole whether files keep it as whole numbers of 64 bits
 */
public record TensorSpec(
    String name,
    List<Integer> dims,
    Initializer initializer,
    int fanIn,
    int fanOut,
    Layout layout,
    boolean whole) {
  /**
   * A tensor of zeros, in files as in memory.
   *
   * @param name the name within the layer
   * @param dims the dimensions
   * @return the description
   */
  public static TensorSpec of(String name, int... dims) {
    List<Integer> list = Arrays.stream(dims).boxed().toList();
    return new TensorSpec(name, list, Initializer.ZEROS, 1, 1, Layout.same(dims), false);
  }

  /**
   * Zeros for each channel of the first input. Files have the features of a flattened map in an
   * order of their own.
   *
   * @param name the name within the layer
   * @param in what comes in
   * @return the description
   */
  public static TensorSpec perChannel(String name, Inputs in) {
    TensorSpec vector = of(name, in.shape().channels());
    return in.shape().isFlat() ? vector.layout(Layout.vector(in.map())) : vector;
  }

  /**
   * The same tensor with other first values.
   *
   * @param initializer draws or sets them
   * @param fanIn inputs of one output
   * @param fanOut outputs that one input reaches
   * @return the description
   */
  public TensorSpec initializer(Initializer initializer, int fanIn, int fanOut) {
    return new TensorSpec(name, dims, initializer, fanIn, fanOut, layout, whole);
  }

  /**
   * The same tensor, of ones at first.
   *
   * @return the description
   */
  public TensorSpec ones() {
    return initializer(Initializer.ONES, 1, 1);
  }

  /**
   * The same tensor with another order in files.
   *
   * @param layout how it lies in files
   * @return the description
   */
  public TensorSpec layout(Layout layout) {
    return new TensorSpec(name, dims, initializer, fanIn, fanOut, layout, whole);
  }

  /**
   * The same tensor, kept in files as whole numbers ({@code I64}), as PyTorch keeps its counters.
   *
   * @return the description
   */
  public TensorSpec wholeNumbers() {
    return new TensorSpec(name, dims, initializer, fanIn, fanOut, layout, true);
  }

  /** A new tensor of zeros. */
  Tensor zeros() {
    return Tensor.zeros(dims.stream().mapToInt(Integer::intValue).toArray());
  }
}
