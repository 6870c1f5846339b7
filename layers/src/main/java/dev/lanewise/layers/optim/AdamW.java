// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization",
 * 2019), as PyTorch defines it. In step t, counted from 1, for each element of a parameter p with
 * gradient g:
 *
 * <pre>
 * m = m + (1 - beta1) * (g - m)                        exp_avg, 0 before the first step
 * v = beta2 * v + (1 - beta2) * g * g                  exp_avg_sq, 0 before the first step
 * p = (1 - learningRate * weightDecay) * p
 *       - learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * </pre>
 *
 * <p>The decay is a part of the step, not of the gradient as in {@link Adam}: so parameters with
 * large gradients decay as fast as others.
 *
 * @param beta1 how much of the mean gradient is kept, from 0 to below 1
 * @param beta2 how much of the mean squared gradient is kept, from 0 to below 1
 * @param eps keeps the divisor from zero; positive
 * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
 */
public record AdamW(double beta1, double beta2, double eps, double weightDecay)
    implements Optimizer {
  /** AdamW with beta1 = 0.9, beta2 = 0.999, eps = 1e-8, and a weight decay of 0.01. */
  public AdamW() {
    this(0.9, 0.999, 1e-8, 0.01);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public AdamW {
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
  public AdamW betas(double beta1, double beta2) {
    return new AdamW(beta1, beta2, eps, weightDecay);
  }

  /**
   * The same with another decay.
   *
   * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
   * @return the new description
   */
  public AdamW weightDecay(double weightDecay) {
    return new AdamW(beta1, beta2, eps, weightDecay);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new AdamUpdater(beta1, beta2, eps, 0, weightDecay, parameters, team);
  }
}
