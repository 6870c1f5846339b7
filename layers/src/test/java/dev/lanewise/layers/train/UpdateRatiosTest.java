// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.optim.Sgd;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpdateRatiosTest {
  private final Network network = new Network(Shape.flat(2), new Dense(2));
  private final Tensor weight = network.parameters().get("0.weight").value();
  private final Tensor bias = network.parameters().get("0.bias").value();

  /** A weight of length 5, and steps that add to its first value alone. */
  private void weight(double... values) {
    for (int i = 0; i < values.length; i++) {
      weight.data[weight.offset + i] = (float) values[i];
    }
  }

  private void step(UpdateRatios ratios, double by) {
    weight.data[weight.offset] += (float) by;
    ratios.onStep(1, 0);
  }

  @Test
  void lengthOfTheUpdateOverThatOfTheParameter() {
    weight(3, 4, 0, 0);
    UpdateRatios ratios = new UpdateRatios(network, 1);
    step(ratios, 0); // is copied
    step(ratios, 0.5);

    Map<String, Double> means = ratios.take();

    assertEquals(List.of("0.weight", "0.bias"), List.copyOf(means.keySet()));
    assertEquals(0.1, means.get("0.weight"), 1e-12);
    assertEquals(Double.NaN, means.get("0.bias"), "it was zero");
  }

  @Test
  void oneOfSomeStepsIsMeasuredAndTheMeanBeginsAnew() {
    UpdateRatios ratios = new UpdateRatios(network, 3);
    weight(3, 4, 0, 0);
    Arrays.fill(bias.data, bias.offset, bias.offset + 2, 1f);
    for (double by : new double[] {7, 8, -15, 0.5, 9, -9.5, 1.5}) { // the fourth, the seventh
      step(ratios, by);
    }
    assertEquals((0.1 + 0.3) / 2, ratios.take().get("0.weight"), 1e-12);
    assertEquals(Double.NaN, ratios.take().get("0.weight"), "none since");
    weight(3, 4, 0, 0);
    step(ratios, 0);
    step(ratios, 0); // the ninth is copied
    step(ratios, 1);
    assertEquals(0.2, ratios.take().get("0.weight"), 1e-12);
  }

  @Test
  void aTrainingIsNotChanged() {
    float[] plain = trained(false);
    assertEquals(-1, Arrays.mismatch(plain, trained(true)));
    assertTrue(plain[0] != 0);
  }

  private static float[] trained(boolean watched) {
    Network network =
        new Network(new Shape(8, 8, 1), new Flatten(), new Dense(6), new Relu(), new Dense(4));
    network.initialize(1);
    Trainer trainer =
        Trainer.of(network).optimizer(new Sgd()).learningRate(0.1f).batchSize(4).build();
    UpdateRatios ratios = new UpdateRatios(network, 2);
    trainer.fit(2, new Stripes(40, 8, 1), watched ? ratios : new TrainingListener() {});
    assertEquals(0.1f, trainer.learningRate());
    Tensor weight = network.parameters().values().iterator().next().value();
    if (watched) {
      double ratio = ratios.take().values().iterator().next();
      assertTrue(ratio > 1e-6 && ratio < 1, "ratio " + ratio);
    }
    return Arrays.copyOfRange(weight.data, weight.offset, weight.offset + weight.size());
  }

  @Test
  void everyNoughtStepsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new UpdateRatios(network, 0));
  }
}
