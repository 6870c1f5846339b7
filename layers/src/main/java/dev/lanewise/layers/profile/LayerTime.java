// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import dev.lanewise.layers.graph.Shape;

/**
 * The time of a layer in a {@link Profile}.
 *
 * @param layer its name, such as {@code 3.0}
 * @param kind such as {@code conv2d}
 * @param output the shape of one output
 * @param forward nanoseconds of a batch; 0 for a layer without a step of its own
 * @param backward the same on the way back; 0 for an inference
 * @param operations floating-point operations of a batch by definition, both ways where both are
 *     measured, a multiply-add counted as two
 */
public record LayerTime(
    String layer, String kind, Shape output, double forward, double backward, long operations) {
  /**
   * The time of a batch.
   *
   * @return nanoseconds
   */
  public double nanos() {
    return forward + backward;
  }
}
