// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import java.util.Map;

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), as PyTorch defines it.
 * In step t, counted from 1, for each element of a parameter p with gradient g:
 *
 * <pre>
 * g' = g + weightDecay * p
 * m  = m + (1 - beta1) * (g' - m)                      exp_avg, 0 before the first step
 * v  = beta2 * v + (1 - beta2) * g' * g'               exp_avg_sq, 0 before the first step
 * p  = p - learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * </pre>
 *
 * <p>Weight decay is an L2 penalty here: a part of the gradient, not of the step as in {@link
 * AdamW}. The elements are floats; what depends on t alone is computed in double precision and
 * rounded once.
 *
 * @param beta1 how much of the mean gradient is kept, from 0 to below 1
 * @param beta2 how much of the mean squared gradient is kept, from 0 to below 1
 * @param eps keeps the divisor from zero; positive
 * @param weightDecay the factor of the penalty; 0 for none
 */
public record Adam(double beta1, double beta2, double eps, double weightDecay)
    implements Optimizer {
  /** Adam with beta1 = 0.9, beta2 = 0.999, eps = 1e-8, and no weight decay. */
  public Adam() {
    this(0.9, 0.999, 1e-8, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Adam {
    Require.betas(beta1, beta2);
    Require.positive("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
  }

  /**
   * The same with other means.
   *
   * @param beta1 how much of the mean gradient is kept, from 0 to below 1
   * @param beta2 how much of the mean squared gradient is kept, from 0 to below 1
   * @return the new description
   */
  public Adam betas(double beta1, double beta2) {
    return new Adam(beta1, beta2, eps, weightDecay);
  }

  /**
   * The same with another penalty.
   *
   * @param weightDecay its factor; 0 for none
   * @return the new description
   */
  public Adam weightDecay(double weightDecay) {
    return new Adam(beta1, beta2, eps, weightDecay);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new AdamUpdater(beta1, beta2, eps, weightDecay, 0, parameters, team);
  }
}
