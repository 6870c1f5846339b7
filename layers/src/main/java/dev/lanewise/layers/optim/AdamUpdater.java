// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rule of {@link Adam} and of {@link AdamW}, which differ in where the weight decay goes. What
 * depends on the step alone is computed in double precision and rounded once.
 */
final class AdamUpdater implements Optimizer.Updater {
  private final double beta2;
  private final float eps;
  private final double penalty;
  private final double decay;
  private final ElementLoop loop;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final StepCounter steps = new StepCounter();
  private double beta1;

  // The running call.
  private float keep; // 1 - learningRate * decay
  private float stepSize; // learningRate / (1 - beta1^t)
  private float root; // sqrt(1 - beta2^t)

  /**
   * @param penalty times p goes into the gradient
   * @param decay times the learning rate is what p loses directly
   */
  AdamUpdater(
      double beta1,
      double beta2,
      double eps,
      double penalty,
      double decay,
      Map<String, Parameter> parameters,
      WorkerTeam team) {
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = (float) eps;
    this.penalty = penalty;
    this.decay = decay;
    loop = new ElementLoop(parameters, team, this::update, "exp_avg", "exp_avg_sq");
    state.put("step", steps.tensor());
    state.putAll(loop.state());
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }

  @Override
  public void momentum(float momentum) {
    beta1 = momentum;
  }

  @Override
  public void step(float learningRate) {
    long t = 1 + steps.get();
    // StrictMath, since Math.pow may differ from machine to machine.
    stepSize = (float) (learningRate / (1 - StrictMath.pow(beta1, t)));
    root = (float) Math.sqrt(1 - StrictMath.pow(beta2, t));
    keep = (float) (1 - learningRate * decay);
    loop.run();
    steps.increment();
  }

  private void update(int from, int to, float[] value, float[] grad, float[][] slots) {
    float[] mean = slots[0];
    float[] square = slots[1];
    float gain1 = (float) (1 - beta1);
    float share2 = (float) beta2;
    float gain2 = (float) (1 - beta2);
    float e = eps;
    float l2 = (float) penalty;
    float k = keep;
    float size = stepSize;
    float r = root;
    for (int i = from; i < to; i++) {
      float p = value[i];
      float g = grad[i] + l2 * p;
      float m = mean[i] + gain1 * (g - mean[i]);
      float v = share2 * square[i] + gain2 * g * g;
      mean[i] = m;
      square[i] = v;
      value[i] = k * p - size * m / ((float) Math.sqrt(v) / r + e);
    }
  }
}
