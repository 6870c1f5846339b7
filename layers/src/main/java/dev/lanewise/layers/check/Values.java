// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.List;

/** The elements of tensors. */
final class Values {
  private Values() {}

  /** A copy of them. */
  static float[] of(Tensor tensor) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }

  static void zeroGrad(List<Parameter> parameters) {
    for (Parameter p : parameters) {
      Tensor grad = p.grad();
      Arrays.fill(grad.data, grad.offset, grad.offset + grad.size(), 0f);
    }
  }

  /** The largest magnitude, or NaN if there is one. */
  static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Element i of a tensor, as in {@code weight[1, 2]}. */
  static String element(String name, Tensor tensor, int i) {
    int[] index = tensor.dims();
    int rest = i;
    for (int d = index.length - 1; d >= 0; d--) {
      int dim = index[d];
      index[d] = rest % dim;
      rest /= dim;
    }
    return name + Arrays.toString(index);
  }
}
