// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/**
 * Keeps each element of the gradients from {@code -maxValue} to {@code maxValue}, and lets another
 * optimizer make the step. The gradients themselves are changed, as by PyTorch's {@code
 * clip_grad_value_}.
 *
 * @param optimizer makes the step
 * @param maxValue positive
 */
public record ClipByValue(Optimizer optimizer, double maxValue) implements Optimizer {
  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is not finite and positive
   */
  public ClipByValue {
    Require.positive("maxValue", maxValue);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(
        optimizer.newUpdater(parameters, team), new Gradients(parameters, team), (float) maxValue);
  }

  private record Updater(Optimizer.Updater inner, Gradients gradients, float max)
      implements Optimizer.Updater {
    @Override
    public void step(float learningRate) {
      gradients.clamp(max);
      inner.step(learningRate);
    }

    @Override
    public void momentum(float momentum) {
      inner.momentum(momentum);
    }

    @Override
    public Map<String, Tensor> state() {
      return inner.state();
    }
  }
}
