package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Conv2dShape;

/** The weight of a direct convolution, as its passes last prepared it. */
final class DirectWeight {
  private final FlippedWeight flipped; // null: backward data goes through col2im
  private Floats forward;
  private Floats backward;

  DirectWeight(Conv2dShape shape, WorkerTeam team) {
    flipped = FlippedWeight.flip(shape) == null ? null : new FlippedWeight(shape, team);
  }

  void prepareForward(Floats weight) {
    forward = weight;
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

  /** Flipped where {@link FlippedWeight#flip} has a shape for it. */
  Floats backward() {
    return backward;
  }
}
