// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.layers.graph.Parameter;

/** Chooses parameters of a network. */
@FunctionalInterface
public interface ParameterFilter {
  /**
   * Whether a parameter is chosen.
   *
   * @param name its full name, such as {@code 3.0.weight}
   * @param parameter the parameter
   * @return true if it is
   */
  boolean test(String name, Parameter parameter);

  /**
   * Biases, and the scales of normalisations: what weight decay is usually kept from. These are all
   * parameters but the weights of dense layers and convolutions.
   *
   * @return the filter
   */
  static ParameterFilter biasesAndNorms() {
    return weights().negate();
  }

  /**
   * The weights of dense layers and convolutions.
   *
   * @return the filter
   */
  static ParameterFilter weights() {
    return (name, parameter) -> parameter.isWeight();
  }

  /**
   * The parameters of a layer, or of a block that has layers.
   *
   * @param block its full name, such as {@code 3}
   * @return the filter
   */
  static ParameterFilter in(String block) {
    String prefix = block + ".";
    return (name, parameter) -> name.startsWith(prefix);
  }

  /**
   * All others.
   *
   * @return the opposite filter
   */
  default ParameterFilter negate() {
    return (name, parameter) -> !test(name, parameter);
  }

  /**
   * Those that both choose.
   *
   * @param other another filter
   * @return the filter
   */
  default ParameterFilter and(ParameterFilter other) {
    return (name, parameter) -> test(name, parameter) && other.test(name, parameter);
  }
}
