package dev.lanewise.layers.optim;

/** Updates the parameters it was made for, in place, from their gradients. Not thread-safe. */
public interface Optimizer {
  /** Makes one step along the accumulated gradients, which stay as they are. */
  void step();
}
