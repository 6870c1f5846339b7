// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;

/** The gradients of several parameters, as one vector. Not thread-safe; allocates nothing. */
final class Gradients {
  private final Tensor[] gradients; // an array, since iterating a map allocates
  private final SquareSum squares;
  private final Elementwise elementwise;
  private final Elementwise.Range multiply = this::multiply;
  private final Elementwise.Range clamp = this::clamp;

  // The running call.
  private Tensor running;
  private float number;

  Gradients(Map<String, Parameter> parameters, WorkerTeam team) {
    gradients = parameters.values().stream().map(Parameter::grad).toArray(Tensor[]::new);
    squares = new SquareSum(team);
    elementwise = new Elementwise(team);
  }

  /** The Euclidean norm. */
  double norm() {
    double sum = 0;
    for (Tensor gradient : gradients) {
      sum += squares.of(gradient, gradient.size());
    }
    return Math.sqrt(sum);
  }

  /** Multiplies every element. */
  void multiply(float factor) {
    forEach(factor, multiply);
  }

  /** Keeps every element from {@code -max} to {@code max}; NaN stays NaN. */
  void clamp(float max) {
    forEach(max, clamp);
  }

  private void forEach(float number, Elementwise.Range range) {
    this.number = number;
    for (Tensor gradient : gradients) {
      running = gradient;
      elementwise.run(gradient.size(), range);
    }
    running = null;
  }

  private void multiply(int from, int to) {
    float[] g = running.data;
    float factor = number;
    for (int i = running.offset + from; i < running.offset + to; i++) {
      g[i] *= factor;
    }
  }

  private void clamp(int from, int to) {
    float[] g = running.data;
    float max = number;
    for (int i = running.offset + from; i < running.offset + to; i++) {
      g[i] = Math.min(Math.max(g[i], -max), max);
    }
  }
}
