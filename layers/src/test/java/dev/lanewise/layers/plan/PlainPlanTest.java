// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steps of the plan that everybody can read, and the choice between it and the fast one. */
final class PlainPlanTest {
  private static final String PROPERTY = "lanewise.plan";

  private static Graph graph(Block... blocks) {
    return new Network(Shape.of(2, 2, 1), blocks).graph();
  }

  private static List<String> steps(Mode mode, Block... blocks) {
    return PlainPlan.of(graph(blocks), mode, 3, 1).steps().stream().map(Step::toString).toList();
  }

  @Test
  void aChainGoesForwardAndBack() {
    Block[] chain = {new Spy(1), new Spy(0), new Spy(1)};
    List<String> forward =
        List.of("forward 0: [input] -> 0", "forward 1: [0] -> 1", "forward 2: [1] -> 2");
    assertEquals(forward, steps(Mode.INFERENCE, chain));
    assertEquals(
        List.of(
            forward.get(0),
            forward.get(1),
            forward.get(2),
            "backward 2: d2 -> [d1]",
            "backward 1: d1 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(Mode.TRAINING, chain));
  }

  /** In front of the first parameters nobody needs a gradient. */
  @Test
  void gradientsEndAtTheFirstParameters() {
    List<String> steps = steps(Mode.TRAINING, new Spy(0), new Spy(0), new Spy(1), new Spy(0));
    assertEquals(
        List.of("backward 3: d3 -> [d2]", "backward 2: d2 -> [null]"), steps.subList(4, 6));
    assertEquals(2, steps(Mode.TRAINING, new Spy(0), new Spy(0)).size());
  }

  /** Nor in front of the first that are trained. */
  @Test
  void theWayBackEndsWhereNothingInFrontIsTrained() {
    Graph graph = graph(new Spy(1), new Spy(1), new Spy(0), new Spy(1), new Spy(1));
    Set<Parameter> frozen =
        Stream.of("0.weight", "1.weight", "4.weight")
            .map(graph.parameters()::get)
            .collect(Collectors.toSet());
    List<String> steps =
        PlainPlan.of(graph, Mode.TRAINING, 3, 1, frozen).steps().stream()
            .map(Step::toString)
            .toList();
    assertEquals(
        List.of("backward 4: d4 -> [d3]", "backward 3: d3 -> [null]"),
        steps.subList(5, steps.size()));
    Set<Parameter> all = Set.copyOf(graph.parameters().values());
    assertEquals(5, PlainPlan.of(graph, Mode.TRAINING, 3, 1, all).steps().size());
    assertEquals(7, Planner.plan(graph, Mode.TRAINING, 3, 1, frozen).steps().size());
  }

  /** On the way to one that is trained, a frozen layer costs no gradients of its own. */
  @Test
  void aFrozenLayerBehindATrainedOneHasNoGradients() {
    Graph graph =
        graph(
            new Conv2d(2, Window.same(3)),
            new Conv2d(3, Window.same(3)),
            new Conv2d(4, Window.same(3)),
            new Conv2d(1, Window.same(3)));
    Set<Parameter> frozen = new HashSet<>(graph.nodes().get(1).parameters());
    frozen.add(graph.nodes().get(2).parameters().getFirst()); // one of two
    List<String> steps =
        Planner.plan(graph, Mode.TRAINING, 1, 1, frozen).steps().stream()
            .map(Step::toString)
            .toList();
    assertEquals(
        List.of(
            "backward 3: d3 -> [d2]",
            "backward 2: d2 -> [d1]",
            "backward data 1: d1 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps.subList(4, steps.size()));
  }

  /** The first consumer on the way back writes the gradient, the others add to it. */
  @Test
  void gradientsOfSeveralConsumersAreAddedUp() {
    List<String> steps = steps(Mode.TRAINING, new Spy(1), new Residual(new Spy(1)), new Spy(1));
    assertEquals(
        List.of(
            "backward 2: d2 -> [d1.add]",
            "backward 1.add: d1.add -> [d1.branch, d0]",
            "backward 1.branch: d1.branch -> [d0]",
            "sum d0 += d0",
            "backward 0: d0 -> [null]"),
        steps.subList(4, steps.size()));
    List<String> three =
        steps(Mode.TRAINING, new Spy(1), new Concat(new Spy(0), new Spy(0), new Spy(0)));
    assertEquals(2, three.stream().filter(step -> step.startsWith("sum")).count());
  }

  @Test
  void aValueThatIsReadTwiceByOneLayerHasTwoGradients() {
    Block twice = (graph, in) -> graph.add(new dev.lanewise.layers.Add(), in[0], in[0]);
    List<String> steps = steps(Mode.TRAINING, new Spy(1), twice);
    assertEquals(
        List.of("backward 1: d1 -> [d0, d0]", "sum d0 += d0", "backward 0: d0 -> [null]"),
        steps.subList(2, 5));
  }

  @AfterEach
  void reset() {
    System.clearProperty(PROPERTY);
  }

  @Test
  void thePropertyChooses() {
    Graph graph = graph(new Spy(0), new Spy(0));
    assertNotNull(Planner.plan(graph, Mode.INFERENCE, 4, 1).arena());
    System.setProperty(PROPERTY, "plain");
    assertNull(Planner.plan(graph, Mode.INFERENCE, 4, 1).arena());
    System.setProperty(PROPERTY, "fast");
    assertNotNull(Planner.plan(graph, Mode.INFERENCE, 4, 1).arena());
    System.setProperty(PROPERTY, "faster");
    assertRefused("-Dlanewise.plan=faster: expected plain or fast", graph, 4);
  }

  @Test
  void aBatchHasAnImage() {
    assertRefused("maxBatch must be positive, but is 0", graph(new Spy(0)), 0);
  }

  private static void assertRefused(String part, Graph graph, int maxBatch) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Planner.plan(graph, Mode.INFERENCE, maxBatch, 1))
            .getMessage();
    assertTrue(message.contains(part), message);
  }
}
