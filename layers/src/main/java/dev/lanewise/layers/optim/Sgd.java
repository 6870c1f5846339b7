// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Stochastic gradient descent, {@code p -= learningRate * g}, with momentum (Polyak, "Some methods
 * of speeding up the convergence of iteration methods", 1964) or Nesterov's (Sutskever and others,
 * "On the importance of initialization and momentum in deep learning", 2013), as PyTorch defines
 * them. For each element of a parameter p with gradient g:
 *
 * <pre>
 * g' = g + weightDecay * p
 * b  = momentum * b + (1 - dampening) * g'      momentum_buffer; g' in the first step
 * d  = b, or with Nesterov g' + momentum * b; without momentum g'
 * p  = p - learningRate * d
 * </pre>
 *
 * <p>The learning rate is no part of b: a change of it acts at once.
 *
 * @param momentum how much of the former direction is kept, from 0 to below 1; 0 for none
 * @param dampening how much of the gradient does not go into the momentum, from 0 to 1
 * @param nesterov whether to look ahead along the momentum
 * @param weightDecay the factor of the L2 penalty; 0 for none
 */
public record Sgd(double momentum, double dampening, boolean nesterov, double weightDecay)
    implements Optimizer {
  /** Plain descent: no momentum, no weight decay. */
  public Sgd() {
    this(0, 0, false, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range, or Nesterov's momentum is asked
   *     for without a momentum or with dampening
   */
  public Sgd {
    Require.share("momentum", momentum);
    Require.unit("dampening", dampening);
    Require.notNegative("weightDecay", weightDecay);
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new IllegalArgumentException(
          ("Nesterov's momentum needs a momentum and no dampening, but they are " + momentum)
              + (" and " + dampening));
    }
  }

  /**
   * The same with another momentum.
   *
   * @param momentum how much of the former direction is kept, from 0 to below 1
   * @return the new description
   */
  public Sgd momentum(double momentum) {
    return new Sgd(momentum, dampening, nesterov, weightDecay);
  }

  /**
   * The same with another dampening.
   *
   * @param dampening how much of the gradient does not go into the momentum, from 0 to 1
   * @return the new description
   */
  public Sgd dampening(double dampening) {
    return new Sgd(momentum, dampening, nesterov, weightDecay);
  }

  /**
   * The same with or without Nesterov's way.
   *
   * @param nesterov whether to look ahead along the momentum
   * @return the new description
   */
  public Sgd nesterov(boolean nesterov) {
    return new Sgd(momentum, dampening, nesterov, weightDecay);
  }

  /**
   * The same with another penalty.
   *
   * @param weightDecay its factor; 0 for none
   * @return the new description
   */
  public Sgd weightDecay(double weightDecay) {
    return new Sgd(momentum, dampening, nesterov, weightDecay);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return momentum == 0 && weightDecay == 0
        ? new Plain(parameters, team)
        : new Updater(this, parameters, team);
  }

  /** One fused multiply-add for each element. */
  private static final class Plain implements Optimizer.Updater {
    private final Parameter[] parameters; // an array, since iterating a map allocates
    private final Elementwise elementwise;

    Plain(Map<String, Parameter> parameters, WorkerTeam team) {
      this.parameters = parameters.values().toArray(new Parameter[0]);
      elementwise = new Elementwise(team);
    }

    @Override
    public void step(float learningRate) {
      for (Parameter parameter : parameters) {
        Tensor grad = parameter.grad();
        elementwise.axpy(grad.size(), -learningRate, grad, parameter.value());
      }
    }
  }

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final Sgd sgd;
    private final ElementLoop loop;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final StepCounter steps; // null: without dampening the first step is like the others
    private float momentum;

    // The running call.
    private float rate;
    private float gain; // 1 - dampening

    Updater(Sgd sgd, Map<String, Parameter> parameters, WorkerTeam team) {
      this.sgd = sgd;
      momentum = (float) sgd.momentum;
      steps = sgd.dampening == 0 ? null : new StepCounter();
      if (steps != null) {
        state.put("step", steps.tensor());
      }
      loop =
          sgd.momentum == 0
              ? new ElementLoop(parameters, team, this::decay)
              : new ElementLoop(
                  parameters,
                  team,
                  sgd.nesterov ? this::nesterov : this::momentum,
                  "momentum_buffer");
      state.putAll(loop.state());
    }

    @Override
    public Map<String, Tensor> state() {
      return state;
    }

    @Override
    public void momentum(float momentum) {
      if (sgd.momentum == 0) {
        Optimizer.Updater.super.momentum(momentum);
      }
      this.momentum = momentum;
    }

    @Override
    public void step(float learningRate) {
      rate = learningRate;
      gain = steps == null || steps.get() == 0 ? 1 : (float) (1 - sgd.dampening);
      loop.run();
      if (steps != null) {
        steps.increment();
      }
    }

    private void decay(int from, int to, float[] value, float[] grad, float[][] slots) {
      float decay = (float) sgd.weightDecay;
      float r = rate;
      for (int i = from; i < to; i++) {
        float p = value[i];
        value[i] = p - r * (grad[i] + decay * p);
      }
    }

    private void momentum(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] buffer = slots[0];
      float decay = (float) sgd.weightDecay;
      float mu = momentum;
      float g1 = gain;
      float r = rate;
      for (int i = from; i < to; i++) {
        float p = value[i];
        float b = mu * buffer[i] + g1 * (grad[i] + decay * p);
        buffer[i] = b;
        value[i] = p - r * b;
      }
    }

    private void nesterov(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] buffer = slots[0];
      float decay = (float) sgd.weightDecay;
      float mu = momentum;
      float r = rate;
      for (int i = from; i < to; i++) {
        float p = value[i];
        float g = grad[i] + decay * p;
        float b = mu * buffer[i] + g;
        buffer[i] = b;
        value[i] = p - r * (g + mu * b);
      }
    }
  }
}
