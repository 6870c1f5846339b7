// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Arrays;
import java.util.List;

/**
 * How a tensor lies in files, whose order of dimensions is PyTorch's. In memory it is seen as
 * {@code view}; a file holds the same elements with the axes of the view in another order, and
 * calls them {@code fileDims}. Immutable.
 *
 * @param view the dimensions in memory, or finer ones with the same elements
 * @param order the axes of the view, outermost first, as a file has them
 * @param fileDims the dimensions that a file gives
 */
public record Layout(List<Integer> view, List<Integer> order, List<Integer> fileDims) {
  /**
   * The same in files as in memory.
   *
   * @param dims the dimensions
   * @return the layout
   * @throws IllegalArgumentException if one is negative, or their product is 2^31 or more
   */
  public static Layout same(int... dims) {
    List<Integer> list = Arrays.stream(dims).boxed().toList();
    return new Layout(List.of(Tensor.size(dims)), List.of(0), list);
  }

  /**
   * The weight of a convolution: {@code [KH, KW, C, OC]} in memory, {@code [OC, C, KH, KW]} in
   * files.
   *
   * @param kernelH rows of the kernel
   * @param kernelW columns of the kernel
   * @param in channels of the input
   * @param out number of filters
   * @return the layout
   */
  public static Layout convolution(int kernelH, int kernelW, int in, int out) {
    return new Layout(
        List.of(kernelH, kernelW, in, out),
        List.of(3, 2, 0, 1),
        List.of(out, in, kernelH, kernelW));
  }

  /**
   * The weight of a dense layer after a flattening: {@code [out, H * W * C]} in memory, {@code
   * [out, C * H * W]} in files.
   *
   * @param out length of the output
   * @param map the feature map that is flattened
   * @return the layout
   */
  public static Layout dense(int out, Shape map) {
    return new Layout(
        List.of(out, map.height(), map.width(), map.channels()),
        List.of(0, 3, 1, 2),
        List.of(out, map.size()));
  }

  /**
   * A value for each feature after a flattening: {@code [H * W * C]} in memory, {@code [C * H * W]}
   * in files.
   *
   * @param map the feature map that is flattened
   * @return the layout
   */
  public static Layout vector(Shape map) {
    return new Layout(
        List.of(map.height(), map.width(), map.channels()), List.of(2, 0, 1), List.of(map.size()));
  }

  /**
   * A value for each element of a feature map: {@code [H, W, C]} in memory, {@code [C, H, W]} in
   * files.
   *
   * @param map the feature map
   * @return the layout
   */
  public static Layout image(Shape map) {
    return new Layout(
        List.of(map.height(), map.width(), map.channels()),
        List.of(2, 0, 1),
        List.of(map.channels(), map.height(), map.width()));
  }

  /**
   * The dimensions in files.
   *
   * @return a new array
   */
  public int[] dims() {
    return fileDims.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Copies a tensor to the order of files.
   *
   * @param tensor of the dimensions in memory
   * @param file receives its elements, from 0 on
   */
  public void toFile(Tensor tensor, float[] file) {
    int[] at = positions();
    for (int i = 0; i < at.length; i++) {
      file[i] = tensor.data[tensor.offset + at[i]];
    }
  }

  /**
   * Copies a tensor from the order of files.
   *
   * @param file its elements
   * @param from the first of them
   * @param tensor receives them
   */
  public void fromFile(float[] file, int from, Tensor tensor) {
    int[] at = positions();
    for (int i = 0; i < at.length; i++) {
      tensor.data[tensor.offset + at[i]] = file[from + i];
    }
  }

  /** Where in memory each element of a file is, counted from the first. */
  private int[] positions() {
    int axes = view.size();
    int[] strides = new int[axes];
    int size = 1;
    for (int axis = axes - 1; axis >= 0; axis--) {
      strides[axis] = size;
      size = Math.multiplyExact(size, view.get(axis));
    }
    int[] positions = {0};
    for (int axis : order) {
      int[] finer = new int[positions.length * view.get(axis)];
      for (int i = 0; i < finer.length; i++) {
        finer[i] = positions[i / view.get(axis)] + i % view.get(axis) * strides[axis];
      }
      positions = finer;
    }
    return positions;
  }
}
