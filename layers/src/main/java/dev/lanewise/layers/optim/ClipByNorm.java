// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/**
 * Shortens the gradient where it is too long, and lets another optimizer make the step (Pascanu and
 * others, "On the difficulty of training recurrent neural networks", 2013). The length is that of
 * all gradients as one vector; the gradients themselves are changed, as by PyTorch's {@code
 * clip_grad_norm_}:
 *
 * <pre>
 * g = g * min(1, maxNorm / (norm + 1e-6))
 * </pre>
 *
 * @param optimizer makes the step
 * @param maxNorm positive
 */
public record ClipByNorm(Optimizer optimizer, double maxNorm) implements Optimizer {
  /** PyTorch's, against a division by zero. */
  private static final double EPS = 1e-6;

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is not finite and positive
   */
  public ClipByNorm {
    Require.positive("maxNorm", maxNorm);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(
        optimizer.newUpdater(parameters, team), new Gradients(parameters, team), maxNorm);
  }

  private record Updater(Optimizer.Updater inner, Gradients gradients, double max)
      implements Optimizer.Updater {
    @Override
    public void step(float learningRate) {
      float factor = (float) (max / (gradients.norm() + EPS));
      if (!(factor >= 1)) { // nor NaN
        gradients.multiply(factor);
      }
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
