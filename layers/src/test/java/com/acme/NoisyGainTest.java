// SPDX-License-Identifier: Apache-2.0
package com.acme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.plan.Execution;
import dev.lanewise.layers.plan.PlainPlan;
import dev.lanewise.layers.plan.Plan;
import dev.lanewise.layers.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A layer outside Lanewise takes part in everything, with public means alone. */
final class NoisyGainTest {
  private static final int BATCH = 33;

  private static Network network() {
    Network network =
        new Network(
            new Shape(9, 8, 1),
            new Conv2d(4, Window.same(3)),
            new Relu(),
            new NoisyGain(0.5),
            new Relu(),
            new MaxPool2d(2),
            new NoisyGain(0.25),
            new Relu(),
            new NoisyGain(0.25),
            new Flatten(),
            new Dense(3));
    network.initialize(4);
    for (String name : List.of("2.offset", "5.offset", "7.offset")) {
      fill(network.buffers().get(name), 9);
    }
    return network;
  }

  private static void fill(Tensor tensor, long seed) {
    RandomStream random = new RandomStream(seed);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) (2 * random.nextDouble() - 1);
    }
  }

  private static float[] values(Tensor tensor, int size) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + size);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void derivesAndKeepsItsPromises(double noise) {
    for (int seed = 1; seed <= 3; seed++) {
      new GradientCheck().seed(seed).layer(new NoisyGain(noise), new Shape(3, 5, 4));
      new GradientCheck().seed(seed).layer(new NoisyGain(noise), Shape.flat(16));
    }
  }

  /** The ReLU after it ends its forward, the gradient of the one before it its backward. */
  @Test
  void takesOverReluOnBothSides() {
    Network network = network();
    Plan plan = Planner.plan(network.graph(), Mode.TRAINING, BATCH, 2);
    assertEquals(new Plan.Fused(Epilogue.NONE, true, null), plan.fused(network.graph().node("2")));
    assertEquals(new Plan.Fused(Epilogue.RELU, false, null), plan.fused(network.graph().node("5")));
    assertEquals(new Plan.Fused(Epilogue.NONE, true, null), plan.fused(network.graph().node("7")));
    List<Node> run = plan.steps().stream().map(step -> step.node()).toList();
    assertFalse(run.contains(network.graph().node("6")), "nothing is left of the ReLU between");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void isDividedByImages(Mode mode) {
    Network network = network();
    try (WorkerTeam team = new WorkerTeam(2)) {
      int before = NoisyGain.SLICES.get();
      if (mode == Mode.TRAINING) {
        network.trainingPass(BATCH, team);
      } else {
        network.inferencePass(BATCH, team);
      }
      assertTrue(NoisyGain.SLICES.get() >= before + 3 * 2);
    }
  }

  /** Of two steps with other noise, and an inference without. */
  @Test
  void threadsAndPlansChangeNoBit() {
    List<float[]> expected = results(1, false);
    for (int threads : new int[] {1, 2, 3, 8, 16}) {
      assertSame(expected, results(threads, true));
    }
    assertSame(expected, results(3, false));
    assertFalse(Arrays.equals(expected.get(0), expected.get(1)), "other steps, other noise");
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
  }

  private static List<float[]> results(int threads, boolean fast) {
    Network network = network();
    List<float[]> results = new ArrayList<>();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Execution training = execution(network, Mode.TRAINING, team, fast);
      fill(training.input(), 1);
      for (int step = 0; step < 2; step++) {
        training.forward(step, BATCH);
        results.add(values(training.output(), BATCH * 3));
        fill(training.outputGradient(), 2);
        training.backward();
      }
      network.parameters().values().forEach(p -> results.add(values(p.grad(), p.grad().size())));
      Execution inference = execution(network, Mode.INFERENCE, team, fast);
      fill(inference.input(), 1);
      inference.forward(0, BATCH);
      results.add(values(inference.output(), BATCH * 3));
    }
    return results;
  }

  private static Execution execution(Network network, Mode mode, WorkerTeam team, boolean fast) {
    Plan plan =
        fast
            ? Planner.plan(network.graph(), mode, BATCH, team.threads())
            : PlainPlan.of(network.graph(), mode, BATCH, team.threads());
    return new Execution(plan, team, 7);
  }

  @Test
  void aModelFileKeepsIt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Network network = network();
    network.save(file);
    Kinds kinds = Kinds.STANDARD.with(NoisyGain.KIND, NoisyGain::of);
    Network read = Network.load(file, kinds);
    assertEquals(network.toString(), read.toString());
    assertSameState(network, read);
    DataException unknown = assertThrows(DataException.class, () -> Network.load(file));
    assertTrue(unknown.getMessage().contains(NoisyGain.KIND), unknown.getMessage());
  }

  @Test
  void aCheckpointKeepsIt(@TempDir Path path) throws IOException {
    Network network = network();
    Network other = network();
    other.initialize(5); // other weights, offsets of zero
    try (CheckpointFolder folder = CheckpointFolder.open(path)) {
      folder.save(ModelFile.content(network.graph(), Map.of()));
      CheckpointFolder.Entry newest = folder.newest(warning -> {}).orElseThrow();
      ModelFile.load(other.graph(), newest.file(), newest.content().tensors());
    }
    assertSameState(network, other);
  }

  private static void assertSameState(Network expected, Network actual) {
    assertEquals(expected.state().keySet(), actual.state().keySet());
    assertTrue(expected.state().containsKey("2.weight"));
    assertTrue(expected.state().containsKey("2.offset"));
    expected
        .state()
        .forEach(
            (name, stored) -> {
              Tensor value = actual.state().get(name).value();
              assertArrayEquals(
                  values(stored.value(), value.size()), values(value, value.size()), name);
            });
  }
}
