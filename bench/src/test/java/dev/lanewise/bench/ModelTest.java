package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import org.junit.jupiter.api.Test;

final class ModelTest {
  /** 0.27 million, as in the paper: 269,722 without the projections of two shortcuts. */
  @Test
  void resnet20HasItsParameters() {
    Network network = Model.RESNET20.network(Model.RESNET20.shape(), Model.CLASSES);
    assertEquals(
        269_722 + (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64),
        network.parameters().values().stream().mapToInt(p -> p.value().size()).sum());
    assertEquals(Shape.flat(10), network.outputShape());
    assertEquals(
        19 + 2 + 1,
        network.parameters().keySet().stream()
            .filter(name -> network.parameters().get(name).value().dims().length > 1)
            .count());
    assertEquals(Shape.of(8, 8, 64), network.graph().node("19.add").shape());
  }
}
