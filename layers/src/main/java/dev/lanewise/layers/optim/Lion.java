// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/**
 * Lion (Chen and others, "Symbolic discovery of optimization algorithms", 2023): every element
 * moves by the learning rate, and only the direction is learnt. For each element of a parameter p
 * with gradient g:
 *
 * <pre>
 * d = sign(beta1 * m + (1 - beta1) * g)          m: exp_avg, 0 before the first step
 * p = (1 - learningRate * weightDecay) * p - learningRate * d
 * m = beta2 * m + (1 - beta2) * g
 * </pre>
 *
 * <p>The authors advise a learning rate three to ten times smaller than for AdamW, and a weight
 * decay larger by as much.
 *
 * @param beta1 how much of the mean gradient goes into the direction, from 0 to below 1
 * @param beta2 how much of the mean gradient is kept, from 0 to below 1
 * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
 */
public record Lion(double beta1, double beta2, double weightDecay) implements Optimizer {
  /** Lion with beta1 = 0.9, beta2 = 0.99, and no weight decay. */
  public Lion() {
    this(0.9, 0.99, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Lion {
    Require.betas(beta1, beta2);
    Require.notNegative("weightDecay", weightDecay);
  }

  /**
   * The same with other means.
   *
   * @param beta1 how much of the mean gradient goes into the direction, from 0 to below 1
   * @param beta2 how much of the mean gradient is kept, from 0 to below 1
   * @return the new description
   */
  public Lion betas(double beta1, double beta2) {
    return new Lion(beta1, beta2, weightDecay);
  }

  /**
   * The same with another decay.
   *
   * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
   * @return the new description
   */
  public Lion weightDecay(double weightDecay) {
    return new Lion(beta1, beta2, weightDecay);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(this, parameters, team);
  }

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final Lion lion;
    private final ElementLoop loop;
    private double beta1;

    // The running call.
    private float rate;
    private float keep; // 1 - rate * weightDecay

    Updater(Lion lion, Map<String, Parameter> parameters, WorkerTeam team) {
      this.lion = lion;
      beta1 = lion.beta1;
      loop = new ElementLoop(parameters, team, this::update, "exp_avg");
    }

    @Override
    public Map<String, Tensor> state() {
      return loop.state();
    }

    @Override
    public void momentum(float momentum) {
      beta1 = momentum;
    }

    @Override
    public void step(float learningRate) {
      rate = learningRate;
      keep = (float) (1 - learningRate * lion.weightDecay);
      loop.run();
    }

    private void update(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] mean = slots[0];
      float share1 = (float) beta1;
      float gain1 = (float) (1 - beta1);
      float share2 = (float) lion.beta2;
      float gain2 = (float) (1 - lion.beta2);
      float r = rate;
      float k = keep;
      for (int i = from; i < to; i++) {
        float g = grad[i];
        float m = mean[i];
        value[i] = k * value[i] - r * Math.signum(share1 * m + gain1 * g);
        mean[i] = share2 * m + gain2 * g;
      }
    }
  }
}
