// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class ModelsTest {
  private static int parameters(Network network) {
    return network.parameters().values().stream().mapToInt(p -> p.value().size()).sum();
  }

  @Test
  void simple() {
    Network network = Models.simple(new Shape(28, 28, 1), 10);
    assertEquals((9 * 8 + 8) + (14 * 14 * 8 * 10 + 10), parameters(network));
    assertEquals(15_770, parameters(network));
    assertEquals(5, network.nodes().size());
    assertEquals(Shape.flat(10), network.outputShape());
  }

  @Test
  void complex() {
    Network network = Models.complex(new Shape(28, 28, 1), 10);
    int convolutions = (9 * 32 + 32) + (288 * 32 + 32) + (288 * 64 + 64) + (576 * 64 + 64);
    assertEquals(convolutions + (7 * 7 * 64 * 128 + 128) + (128 * 10 + 10), parameters(network));
    assertEquals(467_818, parameters(network));
    assertEquals("11.weight", network.parameters().keySet().toArray()[8]);
    assertEquals(Shape.flat(10), network.outputShape());
  }

  @Test
  void otherImagesAndClasses() {
    assertEquals(Shape.flat(3), Models.simple(new Shape(9, 5, 3), 3).outputShape());
    assertEquals(Shape.flat(256), Models.complex(new Shape(5, 7, 4), 256).outputShape());
    Models.simple(new Shape(2, 2, 1), 2);
    Models.complex(new Shape(4, 4, 1), 2);
    Models.simple(new Shape(3, 700, 1), 2);
  }

  @Test
  void aPoolingThatDoesNotFitIsNamedWithWhatWould() {
    assertRefused(
        "layer 2: a window of 2x2 does not fit into an input of 1x9 (padding included): at most 1x2"
            + " would; images must be at least 2x2",
        () -> Models.simple(new Shape(1, 9, 1), 2));
    assertRefused(
        "layer 2: a window of 2x2 does not fit into an input of 9x1 (padding included): at most 2x1"
            + " would; images must be at least 2x2",
        () -> Models.simple(new Shape(9, 1, 1), 2));
    assertRefused(
        "layer 9: a window of 2x2 does not fit into an input of 4x1 (padding included): at most 2x1"
            + " would; images must be at least 4x4",
        () -> Models.complex(new Shape(9, 3, 1), 2));
    // Where the images are not to blame, nothing is said of them.
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Models.simple(new Shape(9, 9, 1), -1));
    assertFalse(e.getMessage().contains("images"), e.getMessage());
  }

  private static void assertRefused(String message, Executable models) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, models).getMessage());
  }

  @Test
  void theSeedAloneFixesTheParameters() {
    Network first = Models.simple(new Shape(8, 8, 1), 4);
    Network second = Models.simple(new Shape(8, 8, 1), 4);
    first.initialize(3);
    second.initialize(4);
    second.initialize(3);
    for (String name : first.parameters().keySet()) {
      Tensors.assertSameBits(
          Tensors.values(first.parameters().get(name).value()),
          Tensors.values(second.parameters().get(name).value()),
          name);
    }
    float before = second.parameters().get("0.weight").value().data[0];
    second.initialize(4);
    assertNotEquals(before, second.parameters().get("0.weight").value().data[0]);
  }

  /** Uniform, with the deviation 1 / inputs. */
  @Test
  void theHeadOfAirbenchBeginsSmall() {
    Network network = Models.named("airbench_half", new Shape(32, 32, 3), 10);
    network.initialize(1);
    Tensor head = List.copyOf(network.parameters().values()).getLast().value();
    int inputs = head.size() / 10;
    double squares = 0;
    for (float weight : Tensors.values(head)) {
      assertTrue(Math.abs(weight) <= Math.sqrt(3) / inputs, "" + weight);
      squares += weight * weight;
    }
    assertEquals(1.0 / inputs, Math.sqrt(squares / head.size()), 0.1 / inputs);
  }

  @Test
  void theWideLeNetHasMoreChannels() {
    Network network = Models.named("lenet_wide", new Shape(28, 28, 1), 10);
    assertEquals(24, List.copyOf(network.parameters().values()).getFirst().value().dims()[3]);
    assertEquals(Shape.flat(10), network.outputShape());
  }
}
