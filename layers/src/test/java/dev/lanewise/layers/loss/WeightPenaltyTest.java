// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WeightPenaltyTest {
  private static Map<String, Parameter> parameters() {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    Tensor weight = new Tensor(new float[] {9, 9, 1, -2, 0, 3, 9}, 2, 2, 2);
    Tensor grad = new Tensor(new float[] {9, 10, 20, 30, 40, 9}, 1, 2, 2);
    parameters.put("0.weight", new Parameter("weight", weight, grad));
    Tensor bias = new Tensor(new float[] {4, -5}, 0, 2);
    parameters.put("0.bias", new Parameter("bias", bias, Tensor.zeros(2)));
    return parameters;
  }

  private static double add(WeightPenalty penalty, Map<String, Parameter> parameters) {
    return penalty.newPass(parameters, WorkerTeam.single()).addGradients(1);
  }

  @Test
  void weightsAreKeptSmallAndBiasesLeftAlone() {
    Map<String, Parameter> parameters = parameters();
    Parameter weight = parameters.get("0.weight");
    assertEquals(0.25 * 14, add(new WeightPenalty().l2(0.25), parameters));
    assertArrayEquals(new float[] {9, 10.5f, 19, 30, 41.5f, 9}, weight.grad().data);
    assertEquals(0.5 * 6, add(new WeightPenalty().l1(0.5), parameters));
    assertArrayEquals(new float[] {9, 11, 18.5f, 30, 42, 9}, weight.grad().data);
    assertEquals(3.5 + 3, add(new WeightPenalty().l1(0.5).l2(0.25), parameters));
    assertArrayEquals(new float[] {9, 12, 17, 30, 44, 9}, weight.grad().data);
    assertEquals(
        3.5,
        new WeightPenalty().l2(0.25).newPass(parameters, WorkerTeam.single()).addGradients(0.5f));
    assertArrayEquals(new float[] {9, 12.25f, 16.5f, 30, 44.75f, 9}, weight.grad().data);
    assertArrayEquals(new float[] {9, 9, 1, -2, 0, 3, 9}, weight.value().data);
    assertArrayEquals(new float[] {0, 0}, Arrays.copyOf(parameters.get("0.bias").grad().data, 2));
  }

  @Test
  void namesChoose() {
    Map<String, Parameter> parameters = parameters();
    WeightPenalty penalty = new WeightPenalty().on(name -> name.endsWith(".bias")).l2(0.5);
    assertEquals(0.5 * 41, add(penalty, parameters));
    assertArrayEquals(new float[] {4, -5}, Arrays.copyOf(parameters.get("0.bias").grad().data, 2));
    assertEquals(10, parameters.get("0.weight").grad().data[1]);
  }

  @Test
  void theGradientIsThatOfThePenalty() {
    Tensor w = Tensor.zeros(3, 5);
    RandomStream random = new RandomStream(8);
    for (int i = 0; i < 15; i++) {
      w.data[i] = (float) (2 * random.nextDouble() - 1);
    }
    WeightPenalty penalty = new WeightPenalty().l1(0.5).l2(2);
    GradientCheck.Result result =
        new GradientCheck()
            .function(
                w,
                (x, dx) -> {
                  Arrays.fill(dx.data, 0);
                  return add(penalty, Map.of("w", new Parameter("w", x, dx)));
                });
    assertEquals(15, result.compared());
  }

  /** Several pieces, the last of them not whole, in several tensors. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void theBitsDoNotDependOnTheThreads(int threads) {
    WeightPenalty penalty = new WeightPenalty().l1(1e-3).l2(1e-2);
    Map<String, Parameter> expected = large();
    double sum = add(penalty, expected);
    Map<String, Parameter> actual = large();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      assertEquals(sum, penalty.newPass(actual, team).addGradients(1));
    }
    expected.forEach((name, p) -> assertArrayEquals(p.grad().data, actual.get(name).grad().data));
    double exact = 0;
    for (Parameter p : expected.values()) {
      for (int i = 0; i < p.value().size(); i++) {
        double w = p.value().data[i];
        exact += 1e-3f * Math.abs(w) + 1e-2f * w * w;
        float derivative = (float) (1e-3f * Math.signum(w) + 2 * 1e-2f * w);
        assertEquals(derivative, p.grad().data[i], 1e-8);
      }
    }
    assertEquals(exact, sum, 1e-9 * exact);
  }

  private static Map<String, Parameter> large() {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    RandomStream random = new RandomStream(9);
    for (int rows : new int[] {3, 1000}) {
      Parameter p = Parameter.zeros("weight", rows, 11);
      for (int i = 0; i < p.value().size(); i++) {
        p.value().data[i] = (float) random.nextGaussian();
      }
      parameters.put(rows + ".weight", p);
    }
    return parameters;
  }

  @Test
  void aFactorOfZeroIsNoPenalty() {
    double l2 = add(new WeightPenalty().l2(0.5), parameters());
    assertTrue(l2 > 0);
    assertEquals(l2, add(new WeightPenalty().l1(0).l2(0.5), parameters()));
  }

  @Test
  void whatPenalisesNothingIsRefused() {
    WeightPenalty penalty = new WeightPenalty().l2(1).on(name -> name.equals("weight"));
    assertEquals(
        "the penalty is on none of the parameters [0.weight, 0.bias]",
        assertThrows(IllegalArgumentException.class, () -> add(penalty, parameters()))
            .getMessage());
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e60}) {
      assertThrows(IllegalArgumentException.class, () -> new WeightPenalty().l1(bad));
      assertEquals(
          "l2 must be finite and at least 0, but is " + bad,
          assertThrows(IllegalArgumentException.class, () -> new WeightPenalty().l2(bad))
              .getMessage());
    }
  }
}
