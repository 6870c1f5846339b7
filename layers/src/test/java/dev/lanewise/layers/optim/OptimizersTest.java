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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every optimizer, and how they are put together. */
final class OptimizersTest {
  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Sgd(),
        new Sgd().momentum(0.9).dampening(0.5),
        new Sgd().momentum(0.9).nesterov(true),
        new Adam().weightDecay(0.1),
        new AdamW(),
        new RmsProp(),
        new RmsProp().momentum(0.5).centered(true),
        new Lion(),
        new ClipByValue(new AdamW(), 0.5),
        new ClipByNorm(
            new ParameterGroups(new AdamW())
                .group(ParameterFilter.weights(), Muon.airbench(), new CosineDecay(2, 4)),
            10),
        new ParameterGroups(new Sgd()).group(ParameterFilter.weights(), new Muon().filters(true)));
  }

  private static Map<String, Parameter> drawn() {
    RandomStream random = new RandomStream(3);
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    parameters.put("0.weight", Parameter.zeros("weight", 3, 3, 20, 40));
    parameters.put("0.bias", Parameter.zeros("bias", 40));
    parameters.put("3.weight", Parameter.zeros("weight", 33, 310));
    parameters.put("4.weight", Parameter.zeros("weight", 33));
    parameters.values().forEach(p -> draw(p.value(), random));
    return parameters;
  }

  private static void draw(Tensor tensor, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[i] = (float) random.nextGaussian();
    }
  }

  private static void step(Optimizer.Updater updater, Map<String, Parameter> parameters, int n) {
    RandomStream random = new RandomStream(5).split(n);
    parameters.values().forEach(p -> draw(p.grad(), random));
    updater.step(0.01f);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void theBitsDependNeitherOnThreadsNorOnAnInterruption(Optimizer optimizer) {
    Map<String, Parameter> expected = drawn();
    Optimizer.Updater whole = optimizer.newUpdater(expected, WorkerTeam.single());
    for (int n = 0; n < 6; n++) {
      step(whole, expected, n);
    }
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        Map<String, Parameter> actual = drawn();
        Optimizer.Updater first = optimizer.newUpdater(actual, team);
        for (int n = 0; n < 3; n++) {
          step(first, actual, n);
        }
        Optimizer.Updater second = optimizer.newUpdater(actual, team);
        assertEquals(first.state().keySet(), second.state().keySet());
        second
            .state()
            .forEach((name, tensor) -> first.state().get(name).copyTo(tensor, tensor.size()));
        for (int n = 3; n < 6; n++) {
          step(second, actual, n);
        }
        expected.forEach(
            (name, p) -> assertArrayEquals(p.value().data, actual.get(name).value().data, name));
      }
    }
  }

  /** So that a checkpoint says whose they are. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void stateIsNamedByParameter(Optimizer optimizer) {
    Map<String, Parameter> parameters = drawn();
    optimizer
        .newUpdater(parameters, WorkerTeam.single())
        .state()
        .forEach(
            (name, tensor) ->
                assertTrue(
                    name.endsWith("step")
                        || parameters.keySet().stream().anyMatch(p -> name.endsWith("." + p)),
                    name));
  }

  @Test
  void momentumIsSetWhereThereIsOne() {
    for (Optimizer with :
        List.of(
            new Sgd().momentum(0.5),
            new RmsProp().momentum(0.5),
            new Adam().betas(0.5, 0.999),
            new AdamW().betas(0.5, 0.999),
            new Lion().betas(0.5, 0.99),
            new ClipByNorm(new ClipByValue(new Sgd().momentum(0.5), 1), 1),
            new ParameterGroups(new Sgd().momentum(0.5))
                .group(ParameterFilter.weights(), new Muon().filters(true).momentum(0.5)))) {
      Map<String, Parameter> expected = drawn();
      Map<String, Parameter> same = drawn();
      Map<String, Parameter> other = drawn();
      Optimizer.Updater plain = with.newUpdater(expected, WorkerTeam.single());
      Optimizer.Updater half = with.newUpdater(same, WorkerTeam.single());
      Optimizer.Updater more = with.newUpdater(other, WorkerTeam.single());
      half.momentum(0.5f);
      more.momentum(0.75f);
      for (int n = 0; n < 3; n++) {
        step(plain, expected, n);
        step(half, same, n);
        step(more, other, n);
      }
      for (String name : expected.keySet()) {
        float[] now = expected.get(name).value().data;
        assertArrayEquals(now, same.get(name).value().data, with + " " + name);
        assertTrue(!java.util.Arrays.equals(now, other.get(name).value().data), with + " " + name);
      }
    }
    for (Optimizer without :
        List.of(
            new Sgd(),
            new Sgd().weightDecay(0.1),
            new RmsProp(),
            new ParameterGroups(new Sgd()).group(ParameterFilter.weights(), new Adam()))) {
      assertRefused(
          "no momentum", () -> without.newUpdater(drawn(), WorkerTeam.single()).momentum(0.5f));
    }
  }

  @Test
  void aParameterBelongsToTheFirstGroupThatChoosesIt() {
    Map<String, Parameter> parameters = drawn();
    parameters.values().forEach(p -> java.util.Arrays.fill(p.grad().data, 1f));
    Map<String, Float> before = new LinkedHashMap<>();
    parameters.forEach((name, p) -> before.put(name, p.value().data[0]));
    new ParameterGroups(new Sgd())
        .group(ParameterFilter.in("0").and(ParameterFilter.weights()), new Sgd(), 4f)
        .group(ParameterFilter.in("0"), new Sgd(), 2f)
        .group((name, p) -> name.equals("3.weight"), new Sgd(), new StepDecay(8, 0.5, 1))
        .newUpdater(parameters, WorkerTeam.single())
        .step(0.5f);
    Map<String, Float> moved =
        Map.of("0.weight", 2f, "0.bias", 1f, "3.weight", 4f, "4.weight", 0.5f);
    moved.forEach(
        (name, length) ->
            assertEquals(before.get(name) - length, parameters.get(name).value().data[0], name));
  }

  /** A factor that ends stays as it is then. */
  @Test
  void aGroupMayHaveAScheduleOfItsOwn() {
    Parameter p = Parameter.zeros("bias", 1);
    p.grad().data[0] = -1;
    Optimizer.Updater updater =
        new ParameterGroups(new Sgd())
            .group((name, each) -> true, new Sgd(), new PolynomialDecay(1, 2))
            .newUpdater(Map.of("0.bias", p), WorkerTeam.single());
    float[] values = new float[4];
    for (int step = 0; step < 4; step++) {
      updater.step(1f);
      values[step] = p.value().data[0];
    }
    assertArrayEquals(new float[] {1f, 1.5f, 1.5f, 1.5f}, values);
  }

  @Test
  void biasesAndNormsAreAllButWeights() {
    ParameterFilter filter = ParameterFilter.biasesAndNorms();
    Map<String, Parameter> parameters = drawn();
    assertEquals(
        List.of("0.bias", "4.weight"),
        parameters.keySet().stream().filter(n -> filter.test(n, parameters.get(n))).toList());
    assertTrue(filter.test("1.bias", Parameter.zeros("bias", 3, 4)));
    assertTrue(filter.test("1.weight", Parameter.zeros("weight", 2, 3, 4)));
    assertTrue(!filter.test("1.weight", Parameter.zeros("weight", 3, 4)));
  }

  @Test
  void clippingLeavesShortGradientsAlone() {
    for (Optimizer clip : List.of(new ClipByNorm(new Sgd(), 5), new ClipByValue(new Sgd(), 4))) {
      Parameter p = Parameter.zeros("weight", 2);
      p.grad().data[0] = 3;
      p.grad().data[1] = -4;
      Optimizer.Updater updater = clip.newUpdater(Map.of("0.weight", p), WorkerTeam.single());
      updater.step(1f);
      if (clip instanceof ClipByValue) {
        assertEquals(4f, p.value().data[1]);
      } else { // PyTorch's 1e-6 beside the norm of 5
        assertEquals(4f, p.value().data[1], 1e-6f);
      }
      p.grad().data[0] = 0.5f;
      p.grad().data[1] = -0.5f;
      updater.step(1f);
      assertEquals(0.5f, p.grad().data[0]);
      p.grad().data[0] = 30;
      p.grad().data[1] = 40;
      updater.step(1f);
      boolean byValue = clip instanceof ClipByValue;
      assertEquals(byValue ? 4f : 3f, p.grad().data[0], 1e-6f);
      assertEquals(4f, p.grad().data[1], 1e-6f);
    }
  }

  @Test
  void gradientsThatAreNotFiniteStayVisible() {
    Parameter p = Parameter.zeros("weight", 2);
    p.grad().data[0] = Float.NaN;
    p.grad().data[1] = 1;
    new ClipByNorm(new Sgd(), 1).newUpdater(Map.of("0.weight", p), WorkerTeam.single()).step(1f);
    assertTrue(Float.isNaN(p.value().data[0]) && Float.isNaN(p.value().data[1]));
    Parameter q = Parameter.zeros("weight", 1);
    q.grad().data[0] = Float.NaN;
    new ClipByValue(new Sgd(), 1).newUpdater(Map.of("0.weight", q), WorkerTeam.single()).step(1f);
    assertTrue(Float.isNaN(q.value().data[0]));
  }

  /** Orthogonal up to what five iterations leave: singular values from about 0.7 to 1.2. */
  @Test
  void muonTakesEveryDirection() {
    Parameter p = Parameter.zeros("weight", 2, 5);
    p.grad().data[0] = 100;
    p.grad().data[6] = 0.5f;
    new Muon().newUpdater(Map.of("0.weight", p), WorkerTeam.single()).step(1f);
    assertEquals(-1f, p.value().data[0], 0.35f);
    assertEquals(-1f, p.value().data[6], 0.35f);
    java.util.Arrays.fill(p.grad().data, 0f);
    Parameter still = Parameter.zeros("weight", 2, 5);
    Muon.airbench().newUpdater(Map.of("0.weight", still), WorkerTeam.single()).step(1f);
    assertArrayEquals(new float[10], java.util.Arrays.copyOf(still.value().data, 10));
  }

  @Test
  void whatAnOptimizerCannotTakeIsRefused() {
    Map<String, Parameter> parameters = drawn();
    assertRefused(
        "Muon updates matrices, but parameter 0.weight is Tensor[3, 3, 20, 40]",
        () -> new Muon().newUpdater(parameters, WorkerTeam.single()));
    assertRefused(
        "Muon updates matrices and filters, but parameter 0.bias is Tensor[40]",
        () -> Muon.airbench().newUpdater(parameters, WorkerTeam.single()));
    assertRefused(
        "parameter group 2 has no parameter; there are 0.weight, 0.bias, 3.weight, 4.weight",
        () ->
            new ParameterGroups(new Sgd())
                .group(ParameterFilter.in("0"), new Sgd())
                .group(ParameterFilter.in("0"), new Sgd())
                .newUpdater(parameters, WorkerTeam.single()));
  }

  @Test
  void impossibleNumbersAreRefused() {
    for (double share : new double[] {-0.1, 1, Double.NaN}) {
      assertRefused("momentum must be from 0 to below 1", () -> new Sgd().momentum(share));
      assertRefused("momentum must be from 0 to below 1", () -> new RmsProp().momentum(share));
      assertRefused("momentum must be from 0 to below 1", () -> new Muon().momentum(share));
      assertRefused("alpha must be from 0 to below 1", () -> new RmsProp().alpha(share));
      assertRefused("beta1 and beta2 must be", () -> new AdamW().betas(share, 0.5));
      assertRefused("beta1 and beta2 must be", () -> new Lion().betas(0.5, share));
    }
    for (double decay : new double[] {-0.1, Double.NaN, 1e39}) {
      assertRefused("weightDecay must be finite and not", () -> new Sgd().weightDecay(decay));
      assertRefused("weightDecay must be finite and not", () -> new AdamW().weightDecay(decay));
      assertRefused("weightDecay must be finite and not", () -> new RmsProp().weightDecay(decay));
      assertRefused("weightDecay must be finite and not", () -> new Lion().weightDecay(decay));
      assertRefused("weightDecay must be finite and not", () -> new Muon().weightDecay(decay));
    }
    for (double positive : new double[] {0, -1, Double.NaN, 1e39, 1e-99}) {
      assertRefused("eps must be finite and positive", () -> new RmsProp().eps(positive));
      assertRefused("eps must be", () -> new AdamW(0.9, 0.999, positive, 0));
      assertRefused("maxNorm must be", () -> new ClipByNorm(new Sgd(), positive));
      assertRefused("maxValue must be", () -> new ClipByValue(new Sgd(), positive));
      assertRefused(
          "the factor of a learning rate must be",
          () ->
              new ParameterGroups(new Sgd())
                  .group(ParameterFilter.weights(), new Sgd(), (float) positive));
    }
    assertRefused("dampening must be from 0 to 1", () -> new Sgd().dampening(1.1));
    assertRefused("needs a momentum and no dampening", () -> new Sgd().nesterov(true));
    assertRefused(
        "needs a momentum and no dampening",
        () -> new Sgd().momentum(0.9).dampening(0.1).nesterov(true));
    assertRefused("iterations must be from 1 to 99, but are 0", () -> new Muon().iterations(0));
    assertRefused("iterations must be from 1 to 99", () -> new Muon().iterations(100));
  }

  private static void assertRefused(String part, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aDescriptionKeepsWhatIsNotChanged() {
    assertEquals(
        new Sgd(0.9, 0.1, false, 0.2), new Sgd().weightDecay(0.2).momentum(0.9).dampening(0.1));
    assertEquals(new AdamW(0.7, 0.9, 1e-8, 0.1), new AdamW().weightDecay(0.1).betas(0.7, 0.9));
    assertEquals(
        new RmsProp(0.9, 0.1, 0.2, 0.3, true),
        new RmsProp().alpha(0.9).eps(0.1).weightDecay(0.2).momentum(0.3).centered(true));
    assertEquals(new Lion(0.7, 0.9, 0.1), new Lion().weightDecay(0.1).betas(0.7, 0.9));
    assertEquals(
        Muon.airbench(),
        new Muon()
            .momentum(0.6)
            .weightDecay(0)
            .iterations(3)
            .scale(Muon.Scale.NONE)
            .filters(true)
            .normalized(true));
  }
}
