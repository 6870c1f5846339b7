package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;


import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Parameter;
import dev.lanewise.layers.Tensor;
import java.util.Collection;

/** Stochastic gradient descent: {@code value -= learningRate * grad}. */
public final class Sgd implements Optimizer {
  private final Parameter[] parameters;
  private final float learningRate;
  private final Elementwise elementwise;

  /**
   * Prepares the descent.
   *
   * @param parameters what to update, as given by {@code network.parameters().values()}
   * @param learningRate the length of a step; finite and positive
   * @param team the threads to use
   * @throws IllegalArgumentException if the learning rate is not finite and positive
   */
  public Sgd(Collection<Parameter> parameters, float learningRate, WorkerTeam team) {
    if (!(learningRate > 0 && learningRate < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the learning rate must be finite and positive, but is " + learningRate);
    }
    this.parameters = parameters.toArray(new Parameter[0]);
    this.learningRate = learningRate;
    elementwise = new Elementwise(team);
  }

  @Override
  public void step() {
    for (Parameter parameter : parameters) {
      Tensor grad = parameter.grad();
      Tensor value = parameter.value();
      elementwise.axpy(value.size(), -learningRate, grad, value);
    }
  }
}
