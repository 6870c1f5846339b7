// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of several layers: what they compute, and what their layers are called. */
final class BlocksTest {
  private static final Shape FLAT = Shape.flat(3);
  private static final Window SAME = Window.same(3);

  private static List<String> names(Network network) {
    return network.nodes().stream().map(Node::name).toList();
  }

  private static List<String> tensors(Network network) {
    return List.copyOf(network.state().keySet());
  }

  /** What a network makes of one image. */
  private static float[] run(Network network, float... x) {
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    System.arraycopy(x, 0, pass.input().data, pass.input().offset, x.length);
    return Tensors.values(pass.forward(1));
  }

  private static void set(Network network, String name, float... values) {
    var value = network.parameters().get(name).value();
    System.arraycopy(values, 0, value.data, value.offset, values.length);
  }

  @Test
  void aSequenceMayNameItsBlocks() {
    Sequential named =
        new Sequential()
            .then("conv1", new Conv2d(2, SAME))
            .then("stage", new Sequential(new Relu()));
    assertEquals(List.of("conv1", "stage.0"), names(new Network(Shape.of(6, 6, 1), named)));
    assertEquals(
        List.of("0.conv1", "0.stage.0", "1"),
        names(new Network(Shape.of(6, 6, 1), named, new Relu())));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Network(Shape.of(6, 6, 1), named.then("conv1", new Relu())));
    assertThrows(IllegalArgumentException.class, () -> new Sequential(List.of("a"), List.of()));
  }

  @Test
  void namesNestAsInPyTorch() {
    Network network =
        new Network(
            Shape.of(6, 6, 1),
            new Conv2d(2, SAME),
            new Relu(),
            new Sequential(new Conv2d(2, SAME), new Sequential(new Relu())),
            new Residual(
                new Sequential(new Conv2d(4, SAME), new Relu(), new Conv2d(4, SAME)),
                new Conv2d(4, Window.same(1)).bias(false)),
            new Concat(new Conv2d(1, SAME), new Sequential(new Relu(), new Conv2d(2, SAME))),
            new Flatten(),
            new Dense(2));
    assertEquals(
        List.of(
            "0",
            "1",
            "2.0",
            "2.1.0",
            "3.branch.0",
            "3.branch.1",
            "3.branch.2",
            "3.shortcut",
            "3.add",
            "4.0",
            "4.1.0",
            "4.1.1",
            "4.concat",
            "5",
            "6"),
        names(network));
    assertEquals(
        List.of(
            "0.weight",
            "0.bias",
            "2.0.weight",
            "2.0.bias",
            "3.branch.0.weight",
            "3.branch.0.bias",
            "3.branch.2.weight",
            "3.branch.2.bias",
            "3.shortcut.weight",
            "4.0.weight",
            "4.0.bias",
            "4.1.1.weight",
            "4.1.1.bias",
            "6.weight",
            "6.bias"),
        tensors(network));
  }

  /** Its layers have the names that it gives, without a number in front. */
  @Test
  void aSingleBlockIsTheNetwork() {
    Network network = new Network(FLAT, new Residual(new Dense(3)));
    assertEquals(List.of("branch", "add"), names(network));
    assertEquals(List.of("0"), names(new Network(FLAT, new Dense(3))));
    assertEquals(
        names(new Network(FLAT, new Relu(), new Dense(2))),
        names(new Network(FLAT, new Sequential(new Relu(), new Dense(2)))));
  }

  @Test
  void aSequenceOfNothingHandsOnItsInput() {
    Network network = new Network(FLAT, new Sequential(), new Relu(), new Sequential());
    assertEquals(List.of("1"), names(network));
    assertArrayEquals(new float[] {0, 2, 0}, run(network, -1, 2, -3));
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Network(FLAT, new Sequential()))
            .getMessage();
    assertTrue(message.contains("at least one layer"), message);
  }

  @Test
  void aResidualBlockAddsItsInput() {
    Network network = new Network(FLAT, new Residual(new Dense(3)), new Relu());
    set(network, "0.branch.weight", 1, 0, 0, 0, 2, 0, 1, 1, 1);
    set(network, "0.branch.bias", 0.5f, 0, 0);
    assertArrayEquals(new float[] {2.5f, 0, 5}, run(network, 1, -2, 3));
    Network twice = new Network(FLAT, new Residual(new Sequential()), new Relu());
    assertArrayEquals(new float[] {2, 0, 6}, run(twice, 1, -2, 3), "x + x");
  }

  @Test
  void aShortcutMayMakeAnotherShape() {
    Network network =
        new Network(FLAT, new Residual(new Dense(2), new Dense(2).bias(false)), new Relu());
    set(network, "0.branch.weight", 1, 0, 0, 0, 1, 0);
    set(network, "0.branch.bias", 10, 20);
    set(network, "0.shortcut.weight", 0, 0, 1, 0, 0, -1);
    assertArrayEquals(new float[] {1 + 10 + 3, 2 + 20 - 3}, run(network, 1, 2, 3));
  }

  @Test
  void branchesLieSideBySideInTheChannels() {
    Network network =
        new Network(
            Shape.of(1, 2, 2),
            new Concat(new Relu(), new Sequential(), new Concat(new Relu())),
            new Relu());
    assertEquals(Shape.of(1, 2, 6), network.outputShape());
    assertArrayEquals(new float[] {0, 2, 0, 2, 0, 2, 3, 0, 3, 0, 3, 0}, run(network, -1, 2, 3, -4));
  }

  @Test
  void aSharedBlockHasOneSetOfTensors() {
    Block tower = new Shared(new Sequential(new Dense(3), new Relu()));
    Network network = new Network(FLAT, tower, new Relu(), tower);
    assertEquals(List.of("0.0", "0.1", "1", "2.0", "2.1"), names(network));
    assertEquals(List.of("0.0.weight", "0.0.bias"), tensors(network));
    Node first = network.graph().node("0.0");
    Node second = network.graph().node("2.0");
    assertSame(first.parameters(), second.parameters());
    assertSame(first, second.owner());
    set(network, "0.0.weight", 0, 1, 0, 0, 0, 1, 1, 0, 0);
    set(network, "0.0.bias", 1, 1, 1);
    assertArrayEquals(new float[] {5, 3, 4}, run(network, 1, 2, 3));
    assertEquals("shared " + new Sequential(new Dense(3), new Relu()), tower.toString());
  }

  @Test
  void twoSharedBlocksOfOneLayerAreTwo() {
    Dense dense = new Dense(3);
    Network network =
        new Network(FLAT, new Shared(dense), new Shared(dense), new Sequential(dense));
    assertEquals(6, tensors(network).size());
    assertNotSame(
        network.parameters().get("0.weight").value(), network.parameters().get("1.weight").value());
  }

  /** In each network anew: a block is a description. */
  @Test
  void aSharedBlockInTwoNetworksIsTwo() {
    Block tower = new Shared(new Dense(3));
    Network one = new Network(FLAT, tower, tower);
    Network other = new Network(FLAT, tower, tower);
    assertNotSame(
        one.parameters().get("0.weight").value(), other.parameters().get("0.weight").value());
  }

  /** Also in blocks of which some are shared, and some are not. */
  @Test
  void sharedBlocksNest() {
    Block inner = new Shared(new Dense(3));
    Block outer = new Shared(new Sequential(inner, new Dense(3), inner));
    Network network = new Network(FLAT, outer, outer, inner);
    assertEquals(List.of("0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias"), tensors(network));
    assertEquals("0.0", network.graph().node("1.2").owner().name());
    assertEquals("0.1", network.graph().node("1.1").owner().name());
    assertEquals("0.0", network.graph().node("2").owner().name());
  }

  /** The gradient of shared parameters is the sum of those of all places. */
  @Test
  void gradientsOfSharedParametersAddUp() {
    Network shared = network(new Shared(new Dense(3)), null);
    Network apart = network(new Dense(3), shared);
    List<float[]> gradients = new ArrayList<>();
    for (Network network : List.of(shared, apart)) {
      Network.Pass pass = network.trainingPass(2, WorkerTeam.single());
      Tensors.fill(pass.input(), new RandomStream(3));
      pass.forward(2);
      Tensors.fill(pass.outputGradient(), new RandomStream(4));
      pass.backward(2);
      network.parameters().values().forEach(p -> gradients.add(Tensors.values(p.grad())));
    }
    for (int p = 0; p < 2; p++) { // weight and bias
      for (int i = 0; i < gradients.get(p).length; i++) {
        float sum = gradients.get(2 + p)[i] + gradients.get(4 + p)[i];
        assertEquals(sum, gradients.get(p)[i], 1e-6f);
      }
    }
  }

  /** A block in two places; with the weights of another network in both of them. */
  private static Network network(Block block, Network weights) {
    Network network = new Network(FLAT, block, block);
    network.initialize(1);
    if (weights != null) {
      network
          .parameters()
          .forEach(
              (name, p) -> {
                Parameter from = weights.parameters().get("0." + p.name());
                System.arraycopy(
                    from.value().data,
                    from.value().offset,
                    p.value().data,
                    p.value().offset,
                    p.value().size());
              });
    }
    return network;
  }

  @Test
  void sharedTensorsMustFit() {
    Block dense = new Shared(new Dense(2));
    assertRefused(
        "layer 1: dense(features=2) cannot share the tensors of layer 0, whose input has another",
        () -> new Network(FLAT, dense, dense));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyBlockDerives(long seed) {
    Block tower = new Shared(new Dense(4));
    Network network =
        new Network(
            Shape.flat(4),
            new Residual(new Sequential(tower, tower), new Dense(4).bias(false)),
            new Concat(new Dense(2), new Sequential(), new Residual(tower)),
            new Dense(3));
    network.initialize(seed);
    GradientCheck.Result result = new GradientCheck().seed(seed).network(network);
    assertTrue(result.undecided() * 50 <= result.compared(), result::toString);
  }

  /** Everything that built-in blocks do is open to a lambda. */
  @Test
  void aBlockOfOnesOwnIsALambda() {
    Block block =
        (graph, in) -> {
          Node scale = graph.add("scale", new Dense(3), in[0]);
          return graph.add("sum", new Add(), in[0], scale, in[0]);
        };
    Network network = new Network(FLAT, new Relu(), block);
    assertEquals(List.of("0", "1.scale", "1.sum"), names(network));
    set(network, "1.scale.bias", 5, 6, 7);
    assertArrayEquals(new float[] {7, 6, 13}, run(network, 1, -2, 3));
  }

  @Test
  void faultsOfBlocksAreNamed() {
    Block two = (graph, in) -> graph.add("join", new Relu(), in[0], in[0]);
    assertRefused(
        "layer 1.join: relu does not take 2 inputs", () -> new Network(FLAT, new Relu(), two));
    Block dotted = (graph, in) -> graph.add("a.b", new Relu(), in);
    assertRefused("a name needs letters and no dot, but is 'a.b'", () -> new Network(FLAT, dotted));
    Block same = (graph, in) -> graph.add("a", new Relu(), graph.add("a", new Relu(), in));
    assertRefused("layer a: another layer has this name", () -> new Network(FLAT, same));
    Block loose =
        (graph, in) -> {
          graph.add("loose", new Relu(), in);
          return graph.add("kept", new Relu(), in);
        };
    assertRefused(
        "layer loose: nothing leads from it to the output", () -> new Network(FLAT, loose));
    Block split = (graph, in) -> graph.add("seq", new Sequential(new Relu()), in[0], in[0]);
    assertRefused("a sequence takes one input, not 2", () -> new Network(FLAT, split));
    assertRefused(
        "layer input: another layer has this name",
        () -> {
          GraphBuilder graph = new GraphBuilder(FLAT);
          graph.add("input", new Relu(), graph.input());
        });
    Network network = new Network(FLAT, new Relu(), new Dense(2));
    assertRefused("there is no layer '7', expected one of 0, 1", () -> network.upTo("7"));
  }

  /** With the tensors of the whole, and no layer that does not lead there. */
  @Test
  void aNetworkUpToALayerIsAPartOfIt() {
    Network network =
        new Network(FLAT, new Dense(3), new Residual(new Sequential(new Relu(), new Dense(3))));
    network.initialize(1);
    Network part = network.upTo("1.branch.0");
    assertEquals(List.of("0", "1.branch.0"), names(part));
    assertSame(network.parameters().get("0.weight"), part.parameters().get("0.weight"));
    assertEquals(FLAT, part.outputShape());
    float[] y = run(network.upTo("0"), 1, 2, 3);
    float[] rectified = run(part, 1, 2, 3);
    for (int i = 0; i < 3; i++) {
      assertEquals(Math.max(y[i], 0), rectified[i]);
    }
  }

  @Test
  void anotherBlockCanBePutBehindAPart() {
    Network network =
        new Network(FLAT, new Dense(3), new Residual(new Sequential(new Relu(), new Dense(3))));
    network.initialize(1);
    Network other = network.upTo("1.add").then("head", new Sequential(new Relu(), new Dense(5)));
    assertEquals(
        List.of("0", "1.branch.0", "1.branch.1", "1.add", "head.0", "head.1"), names(other));
    assertSame(network.parameters().get("0.weight"), other.parameters().get("0.weight"));
    assertEquals(5, other.outputShape().size());
    float[] trunk = Tensors.values(network.parameters().get("1.branch.1.weight").value());
    float[] zeros = Tensors.values(other.parameters().get("head.1.weight").value());
    other.initialize(2, "head");
    assertArrayEquals(trunk, Tensors.values(network.parameters().get("1.branch.1.weight").value()));
    float[] head = Tensors.values(other.parameters().get("head.1.weight").value());
    assertFalse(Arrays.equals(zeros, head));
    other.initialize(2); // of the whole: a layer draws the same
    assertArrayEquals(head, Tensors.values(other.parameters().get("head.1.weight").value()));
    assertRefused("there is no layer 'h', expected one of 0, ", () -> other.initialize(1, "h"));
    assertRefused("layer 0: another layer has this name", () -> network.then("0", new Dense(2)));
    assertRefused("a name needs letters and no dot", () -> network.then("1.x", new Dense(2)));
    assertEquals(List.of("0", "1.branch.0", "1.branch.1", "1.add"), names(network));
  }

  @Test
  void aCopySharesNothing() {
    Block tower = new Shared(new Dense(3));
    Network network = new Network(FLAT, tower, new BatchNorm2d(), tower);
    network.initialize(1);
    network.buffers().get("1.running_mean").data[1] = 7;
    Network copy = network.copy();
    assertEquals(network.toString(), copy.toString());
    assertEquals(network.state().keySet(), copy.state().keySet());
    network
        .state()
        .forEach(
            (name, stored) -> {
              Tensor copied = copy.state().get(name).value();
              assertNotSame(stored.value().data, copied.data, name);
              assertArrayEquals(Tensors.values(stored.value()), Tensors.values(copied), name);
            });
    assertSame(copy.nodes().get(0), copy.nodes().get(2).owner());
  }

  @Test
  void theSummaryCountsSharedParametersOnce() {
    Block tower = new Shared(new Dense(3));
    String summary = new Network(FLAT, tower, tower).summary();
    List<String> lines = summary.lines().toList();
    assertEquals(6, lines.size(), summary);
    assertTrue(lines.get(2).matches("0 +dense\\(features=3\\) +\\[1, 1, 3\\] +12 +9 .*"), summary);
    assertTrue(lines.get(3).matches("1 +dense\\(features=3\\) +\\[1, 1, 3\\] +0 +9 .*"), summary);
    assertTrue(lines.get(4).matches("total +\\[1, 1, 3\\] +12 +18 .*"), summary);
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
