// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

/**
 * A function of each element by itself, such as an activation function, that a convolution applies
 * to parts of its output while they are in the cache. Several workers may do so at the same time.
 */
@FunctionalInterface
public interface ElementFunction {
  /**
   * {@code y[i] = f(y[i])}.
   *
   * @param y the elements
   * @param from the first one
   * @param to one past the last
   * @param worker the worker that asks, of the team of the convolution
   */
  void apply(float[] y, int from, int to, int worker);
}
