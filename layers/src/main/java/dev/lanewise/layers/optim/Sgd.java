package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/** Stochastic gradient descent: {@code value -= learningRate * grad}. */
public record Sgd() implements Optimizer {
  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(parameters, team);
  }

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final Parameter[] parameters; // an array, since iterating a map allocates
    private final Elementwise elementwise;

    Updater(Map<String, Parameter> parameters, WorkerTeam team) {
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
}
