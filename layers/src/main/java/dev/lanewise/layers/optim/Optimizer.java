package dev.lanewise.layers.optim;

import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/** Updates the parameters it was made for, in place, from their gradients. Not thread-safe. */
public interface Optimizer {
  /** Makes one step along the accumulated gradients, which stay as they are. */
  void step();

  /**
   * What the optimizer remembers from step to step, such as momentum. A checkpoint keeps these
   * values; who resumes writes them into the tensors of a new optimizer.
   *
   * @return the optimizer's own tensors, not copies, by names that never change; empty if it
   *     remembers nothing
   */
  default Map<String, Tensor> state() {
    return Map.of();
  }
}
