// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * {@link Multiply}, and what stands around it: {@link SqueezeExcitation}, {@link ChannelShuffle}.
 */
final class MultiplyTest {
  private static final Shape MAP = Shape.of(4, 3, 2);

  @Test
  void inputsThatDoNotFitEachOtherAreNamed() {
    assertRefused("[4, 3, 2], [3, 4, 2]", () -> shape(MAP, Shape.of(3, 4, 2)));
    assertRefused("[4, 3, 2], [1, 1, 3]", () -> shape(MAP, Shape.flat(3)));
    assertRefused("[1, 1, 3], [4, 3, 2]", () -> shape(Shape.flat(3), MAP));
    assertRefused("[4, 1, 2]", () -> shape(MAP, Shape.of(4, 1, 2)));
    assertFalse(new Multiply().accepts(0));
    assertRefused("positive number of channels, not 0", () -> new SqueezeExcitation(0, null));
    assertRefused("positive number of groups, not 0", () -> new ChannelShuffle(0));
    assertRefused(
        "4 groups do not divide 6 channels",
        () -> new ChannelShuffle(4).outputShape(Shape.flat(6)));
  }

  private static Shape shape(Shape... inputs) {
    return new Multiply().outputShape(inputs);
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }

  /** So that a dense layer that follows does not take its features for those of the map. */
  @Test
  void aShuffleChangesTheOrder() {
    assertFalse(new ChannelShuffle(2).keepsOrder(Inputs.of(Shape.flat(6))));
    assertTrue(new Multiply().keepsOrder(Inputs.of(Shape.flat(6))));
  }

  @Test
  void squeezeExcitationByHand() {
    Network network = new Network(Shape.of(1, 2, 2), new SqueezeExcitation(1, new LeakyRelu(0.5)));
    assertEquals(
        "[fc1.weight, fc1.bias, fc2.weight, fc2.bias]", network.parameters().keySet().toString());
    set(network, "fc1.weight", 1, 2);
    set(network, "fc1.bias", -1);
    set(network, "fc2.weight", 0.5f, -1);
    set(network, "fc2.bias", 1, 2);
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    Alone.set(pass.input(), 3, 1, 5, 2); // averages 4 and 1.5, squeezed to 6, weights 4 and -2
    assertArrayEquals(new float[] {12, -2, 20, -4}, Tensors.values(pass.forward(1)));
    GraphBuilder graph = new GraphBuilder(MAP);
    SqueezeExcitation block = new SqueezeExcitation(1, new Relu());
    assertRefused(
        "squeeze-and-excitation takes one input, not 2",
        () -> block.connect(graph, graph.input(), graph.input()));
  }

  private static void set(Network network, String name, float... values) {
    Alone.set(network.parameters().get(name).value(), values);
  }

  @Test
  void pytorch() throws IOException {
    RecordedCase.assertAgrees("channel-shuffle", new ChannelShuffle(3));
    RecordedCase.assertNetworkAgrees(
        "squeeze-excitation",
        new Conv2d(6, Window.valid(1)),
        new SqueezeExcitation(4, new LeakyRelu(0.25)));
  }
}
