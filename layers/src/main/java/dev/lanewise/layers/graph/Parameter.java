package dev.lanewise.layers.graph;

import java.util.Arrays;

/**
 * A trained tensor and its gradient. Backward passes add to {@code grad}, which is reset before
 * each step of a training; an optimizer updates {@code value} in place.
 *
 * @param name the name within its layer: {@code weight} or {@code bias}
 * @param value the weights
 * @param grad the gradient of the loss with respect to {@code value}, of the same shape
 */
public record Parameter(String name, Tensor value, Tensor grad) {
  /** The dimensions of the weight of a dense layer. */
  public static final int MATRIX = 2;

  /** The dimensions of the weight of a convolution. */
  public static final int FILTERS = 4;

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if value and gradient differ in shape
   */
  public Parameter {
    if (!Arrays.equals(value.dims(), grad.dims())) {
      throw new IllegalArgumentException(
          "parameter " + name + " has a value " + value + ", but a gradient " + grad);
    }
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

  /**
   * A parameter of zeros.
   *
   * @param name the name within its layer
   * @param dims the dimensions of value and gradient
   * @return the parameter
   */
  public static Parameter zeros(String name, int... dims) {
    return new Parameter(name, Tensor.zeros(dims), Tensor.zeros(dims));
  }
}
