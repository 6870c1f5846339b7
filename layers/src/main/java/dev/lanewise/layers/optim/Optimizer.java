package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/**
 * A rule by which gradients change parameters. Implementations describe the rule and are immutable;
 * an {@link Updater} applies it to the parameters of one network and holds what it remembers of
 * them.
 */
@FunctionalInterface
public interface Optimizer {
  /**
   * Prepares updates.
   *
   * @param parameters what to update, by name, as given by {@code network.parameters()}
   * @param team the threads to use; not closed by the updater
   * @return the updater; nothing is remembered yet
   */
  Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team);

  /**
   * Updates parameters in place from their gradients. Allocates nothing in a step. Not thread-safe.
   */
  @FunctionalInterface
  interface Updater {
    /**
     * Makes one step along the accumulated gradients, which stay as they are.
     *
     * @param learningRate the length of the step
     */
    void step(float learningRate);

    /**
     * What is remembered from step to step, such as momentum. A checkpoint keeps these values; to
     * resume, they are written into the tensors of a new updater.
     *
     * @return the updater's own tensors, not copies, by names that never change: those that belong
     *     to a parameter end with its name, as {@code momentum.0.weight}; empty if nothing is
     *     remembered
     */
    default Map<String, Tensor> state() {
      return Map.of();
    }
  }
}
