// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Arrays;
import java.util.Objects;

/**
 * A trained tensor and its gradient. Backward passes add to the gradient, which is reset before
 * each step of a training; an optimizer updates the value in place. A network that is only used has
 * no gradients: their memory is taken when one is first asked for.
 *
 * <p>Safe to be asked by many threads; the tensors are as safe as those who use them agree.
 */
public final class Parameter {
  /** The dimensions of the weight of a dense layer. */
  public static final int MATRIX = 2;

  /** The dimensions of the weight of a convolution. */
  public static final int FILTERS = 4;

  private final String name;
  private final Tensor value;
  private volatile Tensor grad; // null: nobody has asked for it

  /**
   * A parameter.
   *
   * @param name the name within its layer: {@code weight} or {@code bias}
   * @param value the weights
   */
  public Parameter(String name, Tensor value) {
    this.name = Objects.requireNonNull(name);
    this.value = Objects.requireNonNull(value);
  }

  /**
   * A parameter with a gradient that is there already.
   *
   * @param name the name within its layer: {@code weight} or {@code bias}
   * @param value the weights
   * @param grad the gradient of the loss with respect to {@code value}, of the same shape
   * @throws IllegalArgumentException if value and gradient differ in shape
   */
  public Parameter(String name, Tensor value, Tensor grad) {
    this(name, value);
    if (!Arrays.equals(value.dims(), grad.dims())) {
      throw new IllegalArgumentException(
          "parameter " + name + " has a value " + value + ", but a gradient " + grad);
    }
    this.grad = grad;
  }

  /**
   * A parameter of zeros.
   *
   * @param name the name within its layer
   * @param dims the dimensions of value and gradient
   * @return the parameter
   */
  public static Parameter zeros(String name, int... dims) {
    return new Parameter(name, Tensor.zeros(dims));
  }

  /**
   * The name within its layer.
   *
   * @return such as {@code weight} or {@code bias}
   */
  public String name() {
    return name;
  }

  /**
   * The weights.
   *
   * @return always the same tensor
   */
  public Tensor value() {
    return value;
  }

  /**
   * The gradient of the loss with respect to the value.
   *
   * @return always the same tensor, of the shape of the value; zeros at first
   */
  public Tensor grad() {
    Tensor made = grad;
    return made != null ? made : makeGrad();
  }

  private synchronized Tensor makeGrad() {
    if (grad == null) {
      grad = Tensor.zeros(value.dims());
    }
    return grad;
  }

  /** Whether somebody has asked for the gradient. */
  boolean hasGrad() {
    return grad != null;
  }

  /**
   * Whether this is the weight of a dense layer or a convolution, rather than a bias or the scale
   * of a normalisation: what weight decay and penalties are usually meant for.
   *
   * @return true for a parameter of 2 or 4 dimensions that is not called {@code bias}
   */
  public boolean isWeight() {
    int dims = value.dims().length;
    return !name.equals("bias") && (dims == MATRIX || dims == FILTERS);
  }

  @Override
  public String toString() {
    return name + " " + value;
  }
}
