// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AdamTest {
  /** A window of a longer array, so that offsets matter. */
  private static Tensor window(int offset, float... values) {
    float[] data = new float[offset + values.length + 2];
    Arrays.fill(data, 77f);
    System.arraycopy(values, 0, data, offset, values.length);
    return new Tensor(data, offset, values.length);
  }

  @Test
  void theFirstStepIsOfTheLengthOfTheLearningRate() {
    Tensor value = window(0, 1f, 1f, 1f);
    Tensor grad = window(2, 3f, -1e-3f, 0f);
    Map<String, Parameter> parameters = Map.of("0.bias", new Parameter("bias", value, grad));
    new Adam().newUpdater(parameters, WorkerTeam.single()).step(0.25f);
    assertEquals(0.75f, value.data[0], 1e-6f);
    assertEquals(1.25f, value.data[1], 1e-5f); // eps is a hundred-thousandth of the gradient
    assertEquals(1f, value.data[2]);
  }

  private static Map<String, Parameter> drawn(RandomStream random) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (String name : List.of("0.weight", "0.bias", "3.weight")) {
      Parameter p = Parameter.zeros(name.substring(2), name.equals("0.bias") ? 7 : 10_001);
      for (int i = 0; i < p.value().size(); i++) {
        p.value().data[i] = (float) random.nextGaussian();
      }
      parameters.put(name, p);
    }
    return parameters;
  }

  @Test
  void stateIsNamedByParameter() {
    Optimizer.Updater updater =
        new Adam().newUpdater(drawn(new RandomStream(3)), WorkerTeam.single());
    assertEquals(
        "step exp_avg.0.weight exp_avg_sq.0.weight exp_avg.0.bias exp_avg_sq.0.bias"
            + " exp_avg.3.weight exp_avg_sq.3.weight",
        String.join(" ", updater.state().keySet()));
  }

  /** A float counts to 2^24 only. */
  @Test
  void stepsAreCountedExactly() {
    Optimizer.Updater updater = new Adam().newUpdater(Map.of(), WorkerTeam.single());
    float[] count = updater.state().get("step").data;
    updater.step(0.1f);
    assertArrayEquals(new float[] {1, 0}, Arrays.copyOf(count, 2));
    count[0] = (1 << 24) - 1;
    count[1] = 5;
    updater.step(0.1f);
    assertArrayEquals(new float[] {0, 6}, Arrays.copyOf(count, 2));
    updater.step(0.1f);
    assertArrayEquals(new float[] {1, 6}, Arrays.copyOf(count, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "-0.1, 0.9, 1e-8, 0, beta1 and beta2",
    "1, 0.9, 1e-8, 0, beta1 and beta2",
    "0.9, NaN, 1e-8, 0, beta1 and beta2",
    "0.9, 1, 1e-8, 0, beta1 and beta2",
    "0.9, 0.9, 0, 0, eps must",
    "0.9, 0.9, 1e-99, 0, eps must",
    "0.9, 0.9, Infinity, 0, eps must",
    "0.9, 0.9, 1e-8, -1, weightDecay must",
    "0.9, 0.9, 1e-8, NaN, weightDecay must"
  })
  void impossibleNumbersAreRefused(
      double beta1, double beta2, double eps, double decay, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Adam(beta1, beta2, eps, decay))
            .getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aDescriptionKeepsWhatIsNotChanged() {
    assertEquals(new Adam(0.9, 0.999, 1e-8, 0), new Adam());
    assertEquals(new Adam(0.7, 0.9, 1e-8, 0.1), new Adam().weightDecay(0.1).betas(0.7, 0.9));
  }
}
