// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which layers take over the work of which ReLU. */
final class FusionTest {
  private static final Shape INPUT = Shape.of(6, 6, 1);
  private static final Window SAME = Window.same(3);

  private static Plan plan(Mode mode, Block... blocks) {
    return Fusion.of(PlainPlan.of(new Network(INPUT, blocks).graph(), mode, 4, 2));
  }

  private static List<String> steps(Plan plan) {
    return plan.steps().stream().map(Step::toString).toList();
  }

  private static void assertFused(Plan plan, String node, Epilogue epilogue, boolean gated) {
    assertEquals(new Plan.Fused(epilogue, gated, null), plan.fused(plan.graph().node(node)), node);
  }

  @Test
  void convolutionsTakeBothWays() {
    Plan plan = plan(Mode.TRAINING, new Conv2d(2, SAME), new Relu(), new Conv2d(2, SAME));
    assertEquals(
        List.of(
            "forward 0: [input] -> 1",
            "forward 2: [1] -> 2",
            "backward 2: d2 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(plan));
    assertFused(plan, "0", Epilogue.RELU, false);
    assertFused(plan, "2", Epilogue.NONE, true);
  }

  @Test
  void aPoolingTakesAllOfAReluBeforeIt() {
    Plan plan = plan(Mode.TRAINING, new Conv2d(2, SAME), new Relu(), new MaxPool2d(2));
    assertEquals(
        List.of(
            "forward 0: [input] -> 0",
            "forward 2: [0] -> 2",
            "backward 2: d2 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(plan));
    assertFused(plan, "0", Epilogue.NONE, false);
    assertFused(plan, "2", Epilogue.RELU, false);
  }

  /** Its gradient is then that of a layer of its own, which finds x in the place of y. */
  @Test
  void aReluIsLeftAloneByOthers() {
    Plan plan = plan(Mode.TRAINING, new Conv2d(2, SAME), new Relu(), new Flatten(), new Dense(2));
    assertEquals(
        List.of(
            "forward 0: [input] -> 1",
            "forward 2: [1] -> 2",
            "forward 3: [2] -> 3",
            "backward 3: d3 -> [d2]",
            "backward 2: d2 -> [d1]",
            "backward 1: d1 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(plan));
    assertEquals(
        plan.steps().get(5).y(), plan.steps().get(5).x().getFirst(), "x is nowhere any more");
    Plan dense = plan(Mode.TRAINING, new Flatten(), new Dense(2), new Relu(), new Dense(2));
    assertEquals(4 + 3, steps(dense).size(), "a dense layer takes nothing over");
  }

  @Test
  void anInferenceHasNoGradients() {
    Plan plan = plan(Mode.INFERENCE, new Conv2d(2, SAME), new Relu(), new Conv2d(2, SAME));
    assertEquals(List.of("forward 0: [input] -> 1", "forward 2: [1] -> 2"), steps(plan));
    assertFused(plan, "0", Epilogue.RELU, false);
    assertFused(plan, "2", Epilogue.NONE, false);
  }

  /** A layer does one ReLU; the second one is computed. */
  @Test
  void oneReluIsTakenOver() {
    Plan plan =
        plan(Mode.TRAINING, new Conv2d(2, SAME), new Relu(), new Relu(), new Conv2d(2, SAME));
    assertEquals(
        List.of(
            "forward 0: [input] -> 1",
            "forward 2: [1] -> 2",
            "forward 3: [2] -> 3",
            "backward 3: d3 -> [d1]",
            "backward 1: d1 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(plan));
    Plan pools =
        plan(Mode.INFERENCE, new Conv2d(2, SAME), new Relu(), new Relu(), new MaxPool2d(2));
    assertEquals(List.of("forward 0: [input] -> 1", "forward 3: [1] -> 3"), steps(pools));
    assertFused(pools, "0", Epilogue.RELU, false);
    assertFused(pools, "3", Epilogue.RELU, false);
  }

  /** A value that is read twice has to be there as it is. */
  @Test
  void whatOthersReadStays() {
    Plan branches =
        plan(
            Mode.INFERENCE,
            new Conv2d(2, SAME),
            new Residual(new Sequential(new Relu(), new Conv2d(2, SAME))));
    assertEquals(
        List.of(
            "forward 0: [input] -> 0",
            "forward 1.branch.0: [0] -> 1.branch.0",
            "forward 1.branch.1: [1.branch.0] -> 1.branch.1",
            "forward 1.add: [1.branch.1, 0] -> 1.add"),
        steps(branches));
    Block both =
        (graph, in) -> {
          var relu = graph.add("relu", new Relu(), in);
          return graph.add("add", new Add(), graph.add("pool", new MaxPool2d(SAME), relu), relu);
        };
    Plan pool = plan(Mode.TRAINING, new Conv2d(2, SAME), both);
    assertFused(pool, "1.pool", Epilogue.NONE, false);
    assertFused(pool, "0", Epilogue.RELU, false);
  }

  /** The caller reads the output, and so not what a layer before it left out. */
  @Test
  void theLastReluIsTheOutput() {
    Plan plan = plan(Mode.TRAINING, new Conv2d(2, SAME), new Relu());
    assertEquals(
        List.of("forward 0: [input] -> 1", "backward 1: d1 -> [d0]", "backward 0: d0 -> [null]"),
        steps(plan));
    assertEquals(plan.output(), plan.steps().getFirst().y());
  }

  /** And its ReLU with it. */
  @Test
  void aConvolutionTakesTheNormalisationAfterItInAnInference() {
    Block[] blocks = {new Conv2d(2, SAME), new BatchNorm2d(), new Relu(), new BatchNorm2d()};
    Plan plan = plan(Mode.INFERENCE, blocks);
    assertEquals(List.of("forward 0: [input] -> 2", "forward 3: [2] -> 3"), steps(plan));
    Node norm = plan.graph().node("1");
    assertEquals(new Plan.Fused(Epilogue.RELU, false, norm), plan.fused(plan.graph().node("0")));
    assertEquals(7, steps(plan(Mode.TRAINING, blocks)).size(), "a batch has its own statistics");
  }

  @Test
  void aNormalisationStaysWhereItsInputIsReadOrIsNoConvolutions() {
    Plan twice = plan(Mode.INFERENCE, new Conv2d(2, SAME), new Residual(new BatchNorm2d()));
    assertEquals(3, steps(twice).size());
    Plan pool = plan(Mode.INFERENCE, new Conv2d(2, SAME), new MaxPool2d(2), new BatchNorm2d());
    assertEquals(3, steps(pool).size());
    Plan first = plan(Mode.INFERENCE, new BatchNorm2d(), new Conv2d(2, SAME));
    assertEquals(2, steps(first).size());
    Plan two = plan(Mode.INFERENCE, new Conv2d(2, SAME), new BatchNorm2d(), new BatchNorm2d());
    assertEquals(List.of("forward 0: [input] -> 1", "forward 2: [1] -> 2"), steps(two));
  }

  /** Behind a normalisation, too; a ReLU before it keeps it off. */
  @Test
  void aConvolutionTakesAnActivationFunctionInAnInference() {
    Block[] blocks = {new Conv2d(2, SAME), new BatchNorm2d(), new Silu(), new Relu6()};
    Plan plan = plan(Mode.INFERENCE, blocks);
    assertEquals(List.of("forward 0: [input] -> 2", "forward 3: [2] -> 3"), steps(plan));
    Node norm = plan.graph().node("1");
    Node silu = plan.graph().node("2");
    Plan.Fused fused = new Plan.Fused(Epilogue.NONE, false, norm, silu);
    assertEquals(fused, plan.fused(plan.graph().node("0")));
    assertEquals(8, steps(plan(Mode.TRAINING, blocks)).size());
    Plan twice = plan(Mode.INFERENCE, new Conv2d(2, SAME), new Residual(new Silu()));
    assertEquals(3, steps(twice).size());
    Plan relu = plan(Mode.INFERENCE, new Conv2d(2, SAME), new Relu(), new Silu());
    assertEquals(2, steps(relu).size());
  }

  /** Traits decide, whoever has them. */
  @Test
  void layersOfOnesOwnTakePart() {
    Plan plan =
        plan(
            Mode.TRAINING,
            new Spy(1, Trait.FUSES_RELU_AFTER),
            new Spy(0, Trait.RELU, Trait.IN_PLACE),
            new Spy(0, Trait.FUSES_GATE));
    assertEquals(
        List.of(
            "forward 0: [input] -> 1",
            "forward 2: [1] -> 2",
            "backward 2: d2 -> [d0]",
            "backward 0: d0 -> [null]"),
        steps(plan));
    Plan before = plan(Mode.TRAINING, new Spy(1), new Relu(), new Spy(0, Trait.FUSES_RELU_BEFORE));
    assertFused(before, "2", Epilogue.RELU, false);
    Plan none = plan(Mode.TRAINING, new Spy(1), new Relu(), new Spy(0));
    assertEquals(6, none.steps().size());
  }
}
