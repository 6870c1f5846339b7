// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.conv.FrozenWeight;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Conv2dShape;

/** The weight of a direct convolution, as its passes last prepared it. */
final class DirectWeight {
  private final Conv2dShape shape;
  private final FlippedWeight flipped; // null: backward data goes through col2im
  private final FrozenWeight frozen = new FrozenWeight();
  private Floats forward;
  private PackedWeight packed; // null unless the weight is frozen
  private Floats backward;

  DirectWeight(Conv2dShape shape, WorkerTeam team) {
    this.shape = shape;
    flipped = FlippedWeight.flip(shape) == null ? null : new FlippedWeight(shape, team);
  }

  void freeze() {
    frozen.freeze();
    packed = null; // of other values
  }

  void prepareForward(Floats weight) {
    forward = weight;
    if (!frozen.isLast(weight) && frozen.isFrozen() && ForwardConvolution.packs(shape)) {
      packed = new PackedWeight(shape, weight);
    }
    frozen.made(weight);
  }

  void prepareBackward(Floats weight) {
    if (flipped == null) {
      backward = weight;
    } else {
      flipped.set(weight);
      backward = flipped.get();
    }
  }

  Floats forward() {
    return forward;
  }

  /** The same weight in panels; {@code null} where it is not packed. */
  PackedWeight packed() {
    return packed;
  }

  /** Flipped where {@link FlippedWeight#flip} has a shape for it. */
  Floats backward() {
    return backward;
  }
}
