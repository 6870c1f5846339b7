// SPDX-License-Identifier: Apache-2.0
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
   * @throws IllegalArgumentException if the rule is not for such a parameter; the message names it
   */
  Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team);

  /**
   * Updates parameters in place from their gradients. Allocates nothing in a step. Not thread-safe.
   */
  @FunctionalInterface
  interface Updater {
    /**
     * Makes one step along the accumulated gradients, which stay as they are unless the rule says
     * otherwise.
     *
     * @param learningRate the length of the step
     */
    void step(float learningRate);

    /**
     * Sets the momentum of the next steps: what SGD, RMSprop and Muon call so, and beta1 of Adam,
     * AdamW and Lion. It is not remembered in {@link #state}.
     *
     * @param momentum from 0 to below 1
     * @throws IllegalArgumentException if the rule has no momentum
     */
    default void momentum(float momentum) {
      throw new IllegalArgumentException(
          "this optimizer has no momentum that could be " + momentum);
    }

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
