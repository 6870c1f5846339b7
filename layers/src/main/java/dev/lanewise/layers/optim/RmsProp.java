// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/**
 * RMSprop (Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012; centred:
 * Graves, "Generating sequences with recurrent neural networks", 2013), as PyTorch defines it. For
 * each element of a parameter p with gradient g:
 *
 * <pre>
 * g' = g + weightDecay * p
 * v  = alpha * v + (1 - alpha) * g' * g'         square_avg, 0 before the first step
 * a  = a + (1 - alpha) * (g' - a)                grad_avg, where centred
 * d  = g' / (sqrt(v) + eps), or where centred g' / (sqrt(v - a * a) + eps)
 * b  = momentum * b + d                          momentum_buffer, 0 before the first step
 * p  = p - learningRate * b
 * </pre>
 *
 * @param alpha how much of the mean squared gradient is kept, from 0 to below 1
 * @param eps keeps the divisor from zero; positive
 * @param weightDecay the factor of the L2 penalty; 0 for none
 * @param momentum how much of the former direction is kept, from 0 to below 1; 0 for none
 * @param centered whether to divide by the deviation instead of the mean square
 */
public record RmsProp(
    double alpha, double eps, double weightDecay, double momentum, boolean centered)
    implements Optimizer {
  /** RMSprop with alpha = 0.99, eps = 1e-8, no weight decay, no momentum, and not centred. */
  public RmsProp() {
    this(0.99, 1e-8, 0, 0, false);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public RmsProp {
    Require.share("alpha", alpha);
    Require.positive("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
    Require.share("momentum", momentum);
  }

  /**
   * The same with another mean.
   *
   * @param alpha how much of the mean squared gradient is kept, from 0 to below 1
   * @return the new description
   */
  public RmsProp alpha(double alpha) {
    return new RmsProp(alpha, eps, weightDecay, momentum, centered);
  }

  /**
   * The same with another eps.
   *
   * @param eps keeps the divisor from zero; positive
   * @return the new description
   */
  public RmsProp eps(double eps) {
    return new RmsProp(alpha, eps, weightDecay, momentum, centered);
  }

  /**
   * The same with another penalty.
   *
   * @param weightDecay its factor; 0 for none
   * @return the new description
   */
  public RmsProp weightDecay(double weightDecay) {
    return new RmsProp(alpha, eps, weightDecay, momentum, centered);
  }

  /**
   * The same with another momentum.
   *
   * @param momentum how much of the former direction is kept, from 0 to below 1; 0 for none
   * @return the new description
   */
  public RmsProp momentum(double momentum) {
    return new RmsProp(alpha, eps, weightDecay, momentum, centered);
  }

  /**
   * The same, centred or not.
   *
   * @param centered whether to divide by the deviation instead of the mean square
   * @return the new description
   */
  public RmsProp centered(boolean centered) {
    return new RmsProp(alpha, eps, weightDecay, momentum, centered);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(this, parameters, team);
  }

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final RmsProp rule;
    private final ElementLoop loop;
    private float momentum;
    private float rate; // of the running call

    Updater(RmsProp rule, Map<String, Parameter> parameters, WorkerTeam team) {
      this.rule = rule;
      momentum = (float) rule.momentum;
      loop =
          rule.momentum == 0 && !rule.centered
              ? new ElementLoop(parameters, team, this::plain, "square_avg")
              : new ElementLoop(
                  parameters, team, this::full, "square_avg", "momentum_buffer", "grad_avg");
    }

    @Override
    public Map<String, Tensor> state() {
      return loop.state();
    }

    @Override
    public void momentum(float momentum) {
      if (rule.momentum == 0) {
        Optimizer.Updater.super.momentum(momentum);
      }
      this.momentum = momentum;
    }

    @Override
    public void step(float learningRate) {
      rate = learningRate;
      loop.run();
    }

    private void plain(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] square = slots[0];
      float share = (float) rule.alpha;
      float gain = (float) (1 - rule.alpha);
      float e = (float) rule.eps;
      float decay = (float) rule.weightDecay;
      float r = rate;
      for (int i = from; i < to; i++) {
        float p = value[i];
        float g = grad[i] + decay * p;
        float v = share * square[i] + gain * g * g;
        square[i] = v;
        value[i] = p - r * (g / ((float) Math.sqrt(v) + e));
      }
    }

    /**
     * With both; what is not asked for goes in with a factor of 0. Two loops, since C2 makes no
     * vectors of one so long.
     */
    private void full(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] square = slots[0];
      float[] buffer = slots[1];
      float[] mean = slots[2];
      average(from, to, value, grad, square, mean);
      float e = (float) rule.eps;
      float decay = (float) rule.weightDecay;
      float centre = rule.centered ? 1 : 0;
      float mu = momentum;
      float r = rate;
      for (int i = from; i < to; i++) {
        float p = value[i];
        float g = grad[i] + decay * p;
        float a = mean[i];
        float var = Math.max(square[i] - centre * a * a, 0f); // rounding could make it negative
        float b = mu * buffer[i] + g / ((float) Math.sqrt(var) + e);
        buffer[i] = b;
        value[i] = p - r * b;
      }
    }

    private void average(
        int from, int to, float[] value, float[] grad, float[] square, float[] mean) {
      float share = (float) rule.alpha;
      float gain = (float) (1 - rule.alpha);
      float decay = (float) rule.weightDecay;
      for (int i = from; i < to; i++) {
        float g = grad[i] + decay * value[i];
        square[i] = share * square[i] + gain * g * g;
        mean[i] += gain * (g - mean[i]);
      }
    }
  }
}
