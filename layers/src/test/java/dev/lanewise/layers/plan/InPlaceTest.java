// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which layers write where they read. */
final class InPlaceTest {
  private static final Shape INPUT = Shape.flat(4);

  /** The last case alone has nobody who needs what would be overwritten. */
  @ParameterizedTest
  @CsvSource({
    "false, false, false, 4",
    "true, true, false, 4",
    "true, false, true, 4",
    "true, false, false, 5",
    "true, false, false, 4"
  })
  void aLayerWorksInPlaceOnlyWhereNobodyNeedsItsInput(
      boolean inPlace, boolean outputIsRead, boolean trained, int outputs) {
    boolean alone = inPlace && !outputIsRead && !trained && outputs == 4;
    Own trainedBefore = new Own(false, false, true, 4);
    Own first = new Own(true, outputIsRead, false, 4);
    Own second = new Own(inPlace, true, trained, outputs);
    Network network = new Network(INPUT, trainedBefore, first, second);
    network.trainingPass(2, WorkerTeam.single()).forward(2);
    assertFalse(trainedBefore.inTheSamePlace);
    assertTrue(first.inTheSamePlace);
    assertEquals(alone, second.inTheSamePlace);
  }

  @ParameterizedTest
  @CsvSource({"TRAINING", "INFERENCE"})
  void theImagesAreKept(Mode mode) {
    Own first = new Own(true, false, false, 4);
    Network network = new Network(INPUT, first, new Own(false, false, true, 4));
    Network.Pass pass =
        mode == Mode.TRAINING
            ? network.trainingPass(2, WorkerTeam.single())
            : network.inferencePass(2, WorkerTeam.single());
    pass.forward(2);
    assertFalse(first.inTheSamePlace);
  }

  /** Looks where it writes, and computes nothing. */
  private static final class Own implements Layer {
    private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
    private final boolean trained;
    private final int outputs;
    private boolean inTheSamePlace;

    Own(boolean inPlace, boolean outputIsRead, boolean trained, int outputs) {
      this.trained = trained;
      this.outputs = outputs;
      if (inPlace) {
        traits.add(Trait.IN_PLACE);
      }
      if (!outputIsRead) {
        traits.add(Trait.IGNORES_Y);
      }
    }

    @Override
    public Description description() {
      return Description.of("test.own");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return Shape.flat(outputs);
    }

    @Override
    public List<TensorSpec> parameters(Inputs in) {
      return trained ? List.of(TensorSpec.of("bias", 4)) : List.of();
    }

    @Override
    public Set<Trait> traits(Mode mode, Inputs in) {
      return traits;
    }

    @Override
    public Pass newPass(Site site) {
      return new UnaryPass() {
        @Override
        public void forward(Context context, Tensor x, Tensor y) {
          inTheSamePlace = x.data == y.data && x.offset == y.offset;
        }

        @Override
        public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {}
      };
    }
  }

  private static Plan plan(Mode mode, Block... blocks) {
    Network network = new Network(Shape.of(2, 2, 1), blocks);
    return InPlace.of(PlainPlan.of(network.graph(), mode, 4, 1));
  }

  private static String place(Plan plan, Step step) {
    return plan.storage(step.y()).toString();
  }

  /** A flattening is no step at all, and its neighbours share one place. */
  @Test
  void aReshapeIsLeftOut() {
    Plan plan = plan(Mode.TRAINING, new Spy(1), new Flatten(), new Spy(1));
    assertEquals(
        List.of(
            "forward 0: [input] -> 0",
            "forward 2: [1] -> 2",
            "backward 2: d2 -> [d1]",
            "backward 0: d0 -> [null]"),
        plan.steps().stream().map(Step::toString).toList());
    Step last = plan.steps().get(1);
    assertEquals("0", plan.storage(last.x().getFirst()).toString());
    Step back = plan.steps().get(3);
    assertEquals(plan.storage(plan.steps().get(2).dx().getFirst()), plan.storage(back.dy()));
    Plan first = plan(Mode.INFERENCE, new Flatten(), new Spy(1));
    assertEquals(2, first.steps().size(), "the images stay as they are");
  }

  /** What was written in the place of a flattened map must be in nobody's way, either. */
  @Test
  void whoSharesAPlaceIsAskedToo() {
    Plan plan =
        plan(
            Mode.TRAINING,
            new Spy(1),
            new Flatten(),
            new Spy(0, Trait.IN_PLACE),
            new Spy(1)); // reads its x on the way back
    List<Step> forward = plan.steps().stream().filter(step -> !step.backward()).toList();
    assertEquals("0", place(plan, forward.get(1)));
    Plan kept = plan(Mode.TRAINING, new Spy(1), new Keeps(), new Spy(0, Trait.IN_PLACE));
    forward = kept.steps().stream().filter(step -> !step.backward()).toList();
    assertEquals("2", place(kept, forward.get(2)), "y of the layer before is read later");
  }

  /** Backward reads y. */
  private static final class Keeps implements Layer {
    @Override
    public Description description() {
      return Description.of("test.keeps");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Pass newPass(Site site) {
      throw new UnsupportedOperationException();
    }
  }

  /** The branch may not overwrite what the shortcut still has to add. */
  @Test
  void theInputOfAResidualBlockStays() {
    Plan plan =
        plan(Mode.INFERENCE, new Spy(0), new Residual(new Spy(0, Trait.IN_PLACE)), new Spy(0));
    assertEquals(
        List.of(
            "forward 0: [input] -> 0",
            "forward 1.branch: [0] -> 1.branch",
            "forward 1.add: [1.branch, 0] -> 1.add",
            "forward 2: [1.add] -> 2"),
        plan.steps().stream().map(Step::toString).toList());
    assertEquals("1.branch", place(plan, plan.steps().get(1)));
    assertEquals("1.branch", place(plan, plan.steps().get(2)), "a sum is made in place");
  }

  /** {@code x + x} in place would add up what it has just written. */
  @Test
  void oneInputTwiceIsNotOverwritten() {
    Block twice = (graph, in) -> graph.add(new Add(), in[0], in[0]);
    Plan plan = plan(Mode.INFERENCE, new Spy(0), twice, new Spy(0));
    assertEquals("1", place(plan, plan.steps().get(1)));
  }

  /** The gradient of a sum goes both ways: one of them has to be a copy. */
  @Test
  void aGradientForTwoIsTwo() {
    Plan plan = plan(Mode.TRAINING, new Spy(1), new Residual(new Spy(1)), new Spy(1));
    Step add =
        plan.steps().stream()
            .filter(step -> step.backward() && step.node().name().equals("1.add"))
            .findFirst()
            .orElseThrow();
    assertEquals(plan.storage(add.dy()), plan.storage(add.dx().getFirst()));
    assertNotEquals(plan.storage(add.dy()), plan.storage(add.dx().getLast()));
  }

  @Test
  void aChainOfReluNeedsOnePlace() {
    Plan plan = plan(Mode.INFERENCE, new Spy(0), new Relu(), new Relu(), new Flatten(), new Relu());
    for (Step step : plan.steps()) {
      assertEquals("0", place(plan, step));
    }
  }
}
