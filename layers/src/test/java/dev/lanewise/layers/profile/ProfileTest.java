// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTest {
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final long CONVOLUTION = 2L * 6 * 6 * 4 * 9;
  private static final long DENSE = 2L * 3 * 3 * 4 * 3;

  private final Network network = network();

  private static Network network() {
    Network network =
        new Network(
            Shape.of(6, 6, 1),
            new Conv2d(4, Window.same(3)),
            new Relu(),
            new BatchNorm2d(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(3));
    network.initialize(1);
    return network;
  }

  @Test
  void everyLayerHasARow() throws IOException {
    try (WorkerTeam team = new WorkerTeam(2)) {
      Profile profile = Profile.inference(network, 12, team, SHORT);

      List<LayerTime> rows = profile.rows();
      assertEquals(
          List.of("conv2d", "relu", "batch_norm2d", "max_pool2d", "flatten", "dense"),
          rows.stream().map(LayerTime::kind).toList());
      assertEquals(
          List.of("0", "1", "2", "3", "4", "5"), rows.stream().map(LayerTime::layer).toList());
      assertEquals(Shape.of(3, 3, 4), rows.get(3).output());
      // By slices of the batch or as a whole: each image counts once.
      assertEquals(12 * CONVOLUTION, rows.get(0).operations());
      assertEquals(12 * DENSE, rows.get(5).operations());
      for (LayerTime row : rows) {
        assertEquals(0, row.backward(), row.toString());
      }
      assertTrue(rows.get(0).forward() > 0, rows.toString());
      assertEquals(0, rows.get(4).nanos(), "a view");
      double sum = rows.stream().mapToDouble(LayerTime::nanos).sum();
      assertEquals(Math.max(0, profile.nanos() - sum), profile.others());
      assertEquals(2, profile.threads());
    }
  }

  @Test
  void aTrainingHasBothWaysAndChangesNothing() throws IOException {
    Profile profile = Profile.training(network, 4, WorkerTeam.single(), SHORT);

    assertTrue(profile.training());
    // The images need no gradient, what the dense layer gets does.
    assertEquals(4 * 2 * CONVOLUTION, profile.rows().get(0).operations());
    assertEquals(4 * 3 * DENSE, profile.rows().get(5).operations());
    for (int layer : new int[] {0, 2, 3, 5}) {
      LayerTime row = profile.rows().get(layer);
      assertTrue(row.forward() > 0 && row.backward() > 0, row.toString());
      assertEquals(row.forward() + row.backward(), row.nanos());
    }
    assertTrue(profile.nanos() > 0);
    Network same = network();
    same.state()
        .forEach(
            (name, tensor) ->
                assertArrayEquals(
                    tensor.value().data, network.state().get(name).value().data, name));
    for (Parameter parameter : network.parameters().values()) {
      assertArrayEquals(new float[parameter.grad().data.length], parameter.grad().data);
    }
  }

  @Test
  void aBatchOfNoneIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Profile.inference(network, 0, WorkerTeam.single(), SHORT));
  }

  @Test
  void theProcessorMultipliesAndAdds() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      double peak = FmaLoop.peak(team, SHORT);

      assertTrue(peak > 0.01 && peak < 1e5, "GFLOP/s: " + peak);
    }
    assertTrue(new FmaLoop().rate(0.001) > 0);
  }
}
