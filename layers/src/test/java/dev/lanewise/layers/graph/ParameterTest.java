// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ParameterTest {
  @TempDir Path folder;

  private static List<Parameter> withGrad(Network network) {
    return network.parameters().values().stream().filter(Parameter::hasGrad).toList();
  }

  @Test
  void aNetworkThatPredictsHasNoGradients() throws IOException {
    for (String name : List.of("complex", "resnet20", "mobilenet_small", "squeezenet1_1")) {
      Network network = Models.named(name, Shape.of(32, 32, 3), 4);
      network.initialize(1);
      network.save(folder.resolve(name));
      Network loaded = Network.load(folder.resolve(name)).copy();
      new Predictor(loaded, 2, WorkerTeam.shared()).outputs(new float[32 * 32 * 3]);
      assertEquals(List.of(), withGrad(loaded), name);
      loaded.trainingPass(2, WorkerTeam.single());
      assertEquals(List.copyOf(loaded.parameters().values()), withGrad(loaded), name);
    }
  }

  @Test
  void theGradientIsMadeOnce() throws InterruptedException {
    Parameter parameter = Parameter.zeros("weight", 2, 3);
    Tensor[] seen = new Tensor[2];
    Thread other = new Thread(() -> seen[0] = parameter.grad());
    other.start();
    seen[1] = parameter.grad();
    other.join();
    assertSame(seen[0], seen[1]);
    assertEquals(List.of(2, 3), List.of(seen[1].dims()[0], seen[1].dims()[1]));
    assertEquals("weight Tensor[2, 3]", parameter.toString());
  }
}
