// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the steps of a training move its parameters: the Euclidean length of an update over that
 * of the parameter before it, {@code |w' - w| / |w|}. For weights about a thousandth is usual; much
 * more means that the learning rate is too high, much less that it is too low (Karpathy, "CS231n:
 * Convolutional neural networks for visual recognition", 2015, "Ratio of weights:updates").
 *
 * <p>Every so many steps the parameters are copied and compared with what the next step makes of
 * them. The training is not changed by that. Not thread-safe.
 */
public final class UpdateRatios implements TrainingListener {
  private final List<Measured> parameters = new ArrayList<>();
  private final int every;
  private int stepsSince;
  private boolean copied;

  private static final class Measured {
    final String name;
    final Tensor value;
    final float[] before;
    double sum;
    int count;

    Measured(String name, Tensor value) {
      this.name = name;
      this.value = value;
      before = new float[value.size()];
    }

    void copy() {
      System.arraycopy(value.data, value.offset, before, 0, before.length);
    }

    void compare() {
      double length = 0;
      double change = 0;
      for (int i = 0; i < before.length; i++) {
        double was = before[i];
        double moved = value.data[value.offset + i] - was;
        length += was * was;
        change += moved * moved;
      }
      if (length > 0) { // a bias may begin with zeros
        sum += Math.sqrt(change / length);
        count++;
      }
    }

    double take() {
      double mean = sum / count; // NaN without any
      sum = 0;
      count = 0;
      return mean;
    }
  }

  /**
   * Prepares to measure.
   *
   * @param network what is trained
   * @param every one of how many steps is measured
   * @throws IllegalArgumentException if {@code every} is not positive
   */
  public UpdateRatios(Network network, int every) {
    if (every < 1) {
      throw new IllegalArgumentException("every must be at least 1, but is " + every);
    }
    this.every = every;
    for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
      parameters.add(new Measured(entry.getKey(), entry.getValue().value()));
    }
  }

  @Override
  public void onStep(int images, double meanLoss) {
    if (copied) {
      for (int i = 0; i < parameters.size(); i++) {
        parameters.get(i).compare();
      }
      copied = false;
    }
    stepsSince++;
    if (stepsSince >= every) {
      for (int i = 0; i < parameters.size(); i++) {
        parameters.get(i).copy();
      }
      copied = true;
      stepsSince = 0;
    }
  }

  /**
   * The mean ratio of each parameter since this was last asked.
   *
   * @return by the names of the parameters, in their order; NaN where no step was measured, or the
   *     parameter was zero before each of them
   */
  public Map<String, Double> take() {
    Map<String, Double> means = new LinkedHashMap<>();
    for (Measured parameter : parameters) {
      means.put(parameter.name, parameter.take());
    }
    return means;
  }
}
