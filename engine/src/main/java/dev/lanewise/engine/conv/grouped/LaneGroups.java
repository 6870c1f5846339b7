// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * Groups of few channels, down to one each: the depthwise convolution. Channels are the lanes, and
 * every lane has weights of its own: so a vector of the result is a sum, over the taps, of a vector
 * of the input times a vector of weights. A channel that several channels see is written out for
 * each of them; no multiplication is wasted, however few channels a group has.
 */
final class LaneGroups implements GroupedWay {
  private final LaneTaps taps;
  private final LaneTaps tapsBack;
  private final LaneWeight weight;
  private final LaneWeight weightBack;

  LaneGroups(Conv2dShape shape) {
    taps = LaneTaps.forward(shape);
    tapsBack = LaneTaps.data(shape);
    weight = new LaneWeight(shape, taps);
    weightBack = new LaneWeight(shape, tapsBack);
  }

  @Override
  public void prepareForward(Floats weight) {
    this.weight.set(weight);
  }

  @Override
  public void prepareBackward(Floats weight) {
    weightBack.set(weight);
  }

  @Override
  public Band forward() {
    return new LaneSums(taps, weight);
  }

  @Override
  public Band backward() {
    return new LaneSums(tapsBack, weightBack);
  }

  @Override
  public Gradient gradient() {
    return new LaneGradient(taps);
  }
}
