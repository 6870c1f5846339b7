// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * A figure that says how well a network does on a data set. Implementations describe a metric and
 * are immutable; a {@link Counter} takes one.
 */
public interface Metric {
  /**
   * What the figure is called.
   *
   * @return a short name, such as {@code top5}
   */
  String name();

  /**
   * Begins to take the figure.
   *
   * @param output the shape of one output of the network
   * @param labels whether the targets will be labels, not values
   * @return a counter that has seen no image
   * @throws IllegalArgumentException if the metric is not one of such outputs or such targets
   */
  Counter newCounter(Shape output, boolean labels);

  /** Takes a figure batch by batch. Not thread-safe. */
  interface Counter {
    /**
     * Takes a batch into account.
     *
     * @param batch the number of images, N
     * @param y the outputs of the network, {@code [N, ...]}; unchanged
     * @param targets what they should be, for N images; unchanged
     * @throws IllegalArgumentException if a target is not one for this metric
     */
    void add(int batch, Tensor y, Targets targets);

    /**
     * The figure.
     *
     * @return that of all images so far; NaN if it is not defined for them
     */
    double value();
  }
}
