// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class WeightAverageTest {
  private static final int STEPS = 50;
  private static final int SIZE = 6;

  private static Graph graph() {
    return new Network(Shape.of(1, 1, SIZE), new BatchNorm2d()).graph();
  }

  private static Map<String, Tensor> recorded() throws IOException {
    return Safetensors.read(
            Path.of("src", "test", "resources", "optimizers", "averages.safetensors"))
        .tensors();
  }

  /** What the training has made of the live weights. */
  private static void set(Graph live, Map<String, Tensor> recorded, int step) {
    for (String name : new String[] {"weight", "running_mean"}) {
      Tensor walk = recorded.get(name);
      Tensor value = live.state().get("0." + name).value();
      System.arraycopy(walk.data, walk.offset + step * SIZE, value.data, value.offset, SIZE);
    }
    live.buffers().get("0.num_batches_tracked").data[0] = step + 1;
  }

  static Stream<Arguments> averages() {
    return Stream.of(
        Arguments.of("exponential", Averaging.exponential(0.9)),
        Arguments.of("exponential-buffers", Averaging.exponential(0.9).buffers(true)),
        Arguments.of("equal", Averaging.equal()),
        Arguments.of("equal-buffers", Averaging.equal().buffers(true)),
        Arguments.of("rising", Averaging.exponential(0.9).warmUp()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("averages")
  void fiftyUpdatesAreThoseOfTheDefinition(String name, Averaging averaging) throws IOException {
    Map<String, Tensor> recorded = recorded();
    Graph live = graph();
    WeightAverage average = new WeightAverage(averaging, live, WorkerTeam.single());
    for (int step = 0; step < STEPS; step++) {
      set(live, recorded, step);
      average.update(step);
      assertEquals(step + 1, average.updates());
      for (String which : new String[] {"weight", "running_mean"}) {
        Tensor expected = recorded.get(name + "." + which);
        if (expected != null) {
          Tensor actual = average.graph().state().get("0." + which).value();
          for (int i = 0; i < SIZE; i++) {
            float e = expected.data[expected.offset + step * SIZE + i];
            // three roundings of a share of at most 1 each, in a walk of some ten units
            float bound = (step + 1) * 3 * 0x1p-24f * 20;
            assertEquals(e, actual.data[actual.offset + i], step == 0 ? 0 : bound, which);
          }
        }
      }
      assertEquals(step + 1, average.graph().buffers().get("0.num_batches_tracked").data[0]);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("averages")
  void aResumedAverageIsTheSame(String name, Averaging averaging) throws IOException {
    Map<String, Tensor> recorded = recorded();
    Graph live = graph();
    WeightAverage whole = new WeightAverage(averaging, live, WorkerTeam.single());
    WeightAverage part = new WeightAverage(averaging, live, WorkerTeam.single());
    try (WorkerTeam team = new WorkerTeam(3)) {
      for (int step = 0; step < STEPS; step++) {
        if (step == 20) {
          Map<String, Tensor> saved = part.state();
          part = new WeightAverage(averaging, live, team);
          part.state().forEach((key, tensor) -> saved.get(key).copyTo(tensor, tensor.size()));
        }
        set(live, recorded, step);
        whole.update(step);
        part.update(step);
      }
    }
    for (String key : whole.state().keySet()) {
      assertArrayEquals(
          Tensors.values(whole.state().get(key)), Tensors.values(part.state().get(key)), key);
    }
  }

  /** Every third step from step 4 on: 6, 9, 12 and so on. */
  @Test
  void someStepsAreLeftOut() throws IOException {
    Map<String, Tensor> recorded = recorded();
    Graph live = graph();
    WeightAverage average =
        new WeightAverage(Averaging.equal().from(4).every(3), live, WorkerTeam.single());
    double sum = 0;
    for (int step = 0; step < 13; step++) {
      set(live, recorded, step);
      average.update(step);
      if (step >= 6 && step % 3 == 0) {
        sum += recorded.get("weight").data[recorded.get("weight").offset + step * SIZE];
      }
    }
    assertEquals(3, average.updates());
    assertEquals(sum / 3, average.graph().parameters().get("0.weight").value().data[0], 1e-6);
    assertNotSame(live.parameters().get("0.weight"), average.graph().parameters().get("0.weight"));
  }

  @Test
  void impossibleAveragesAreRefused() {
    assertRefused("decay must be from 0 to 1, but is 1.5", () -> Averaging.exponential(1.5));
    assertRefused("decay must be from 0 to 1", () -> Averaging.exponential(-0.1));
    assertRefused("decay must be from 0 to 1, but is NaN", () -> Averaging.exponential(Double.NaN));
    assertRefused("from must not be negative", () -> Averaging.equal().from(-1));
    assertRefused("every must be positive", () -> Averaging.equal().every(0));
  }

  private static void assertRefused(String part, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
