// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import dev.lanewise.engine.run.ChannelScale;

/**
 * A {@link Pass} of a layer with {@link Trait#SCALES_CHANNELS}. Where another layer takes the
 * scaling over, this pass runs no forward, but {@link #prepareForward} and {@link
 * #freezeParameters} as ever: they set the scale.
 */
public interface ScalingPass extends UnaryPass {
  /**
   * What forward computes, as {@link #prepareForward} has last set it.
   *
   * @return the same object each time
   */
  ChannelScale scale();
}
