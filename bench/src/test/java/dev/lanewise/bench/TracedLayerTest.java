// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Pass;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A traced network does what the network does. */
final class TracedLayerTest {
  private static final int BATCH = 16;

  /** A method that was not handed on would be that of a plain layer. */
  @Test
  void handsOnEveryMethod() throws NoSuchMethodException {
    assertHandsOn(Layer.class, TracedLayer.class);
    assertHandsOn(Pass.class, TracedLayer.Running.class);
  }

  private static void assertHandsOn(Class<?> contract, Class<?> type) throws NoSuchMethodException {
    for (Method method : contract.getDeclaredMethods()) {
      if (!method.getName().equals("connect")) { // of any layer: adds itself
        Method own = type.getMethod(method.getName(), method.getParameterTypes());
        assertEquals(type, own.getDeclaringClass(), method.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Model.class)
  void tracingChangesNoBit(Model model) {
    Dataset images = RandomImages.of(model.shape(), 2 * BATCH);
    List<Double> expected;
    try (Workload workload = new Workload(model, images, BATCH, 2)) {
      expected = losses(workload);
    }
    for (int threads : new int[] {3, 8}) {
      StepTrace trace = new StepTrace();
      Network network = TracedLayer.network(model.network(images.shape(), images.classes()), trace);
      WorkerTeam team = WorkerTeam.traced(threads, trace);
      try (Workload workload = new Workload(network, images, BATCH, team)) {
        List<Double> losses = new ArrayList<>();
        StepTrace.Step step = trace.record(() -> losses.addAll(losses(workload)), true);
        assertEquals(expected, losses);
        assertTrue(step.regions().size() > 10);
        for (StepTrace.Region region : step.regions()) {
          assertEquals(threads, region.nanos().length);
          assertTrue(Arrays.stream(region.nanos()).sum() <= step.nanos());
        }
      }
    }
  }

  private static List<Double> losses(Workload workload) {
    return List.of(workload.train(), workload.train());
  }
}
