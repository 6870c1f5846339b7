// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import org.junit.jupiter.api.Test;

final class ModelTest {
  /** 0.27 million, as in the paper. */
  @Test
  void resnet20HasItsParameters() {
    Network network = Model.RESNET20.network(Model.RESNET20.shape(), Model.CLASSES);
    assertEquals(
        269_722, network.parameters().values().stream().mapToInt(p -> p.value().size()).sum());
    assertEquals(Shape.flat(10), network.outputShape());
    assertEquals(
        19 + 1,
        network.parameters().keySet().stream()
            .filter(name -> network.parameters().get(name).value().dims().length > 1)
            .count());
    assertEquals(Shape.of(8, 8, 64), network.graph().node("layer3.2.add").shape());
  }
}
