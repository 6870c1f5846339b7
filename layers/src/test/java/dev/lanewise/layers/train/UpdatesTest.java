// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Averaging;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Plateau;
import dev.lanewise.layers.optim.Schedule;
import dev.lanewise.layers.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When and how a trainer updates parameters: steps of several batches, averages, rates. */
final class UpdatesTest {
  private static final Stripes TRAIN = new Stripes(23, 8, 4);
  private static final Stripes HELD = new Stripes(10, 8, 5);

  /** An optimizer that only writes down what it is asked for. */
  private static final class Recorder implements Optimizer {
    final List<Float> rates = new ArrayList<>();
    final List<Float> momenta = new ArrayList<>();
    final List<float[]> gradients = new ArrayList<>();

    @Override
    public Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
      return new Updater() {
        @Override
        public void step(float learningRate) {
          rates.add(learningRate);
          gradients.add(Tensors.values(parameters.get("4.weight").grad()));
        }

        @Override
        public void momentum(float momentum) {
          momenta.add(momentum);
        }
      };
    }
  }

  private static TrainerBuilder builder(Network network) {
    return TrainerTest.builder(network, WorkerTeam.single(), 5, 0.1f);
  }

  /** Steps of 15 and of 8 images, by batches of 5 and what is left. */
  @Test
  void severalBatchesMakeOneStepAlongTheirMeanGradient() {
    Recorder accumulated = new Recorder();
    Recorder whole = new Recorder();
    List<Integer> images = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(int done, double meanLoss) {
            images.add(done);
          }
        };
    List<Long> steps = new ArrayList<>();
    Schedule schedule =
        step -> {
          steps.add(step);
          return 0.1f;
        };
    builder(TrainerTest.simple(8))
        .optimizer(accumulated)
        .schedule(schedule)
        .accumulate(3)
        .build()
        .fit(2, TRAIN, listener);
    builder(TrainerTest.simple(8)).optimizer(whole).batchSize(15).build().fit(2, TRAIN);
    assertEquals(List.of(15, 23, 15, 23), images);
    assertEquals(List.of(0L, 1L, 2L, 3L), steps);
    assertEquals(4, accumulated.gradients.size());
    for (int step = 0; step < 4; step++) {
      float[] expected = whole.gradients.get(step);
      float[] actual = accumulated.gradients.get(step);
      float largest = 0;
      for (float each : expected) {
        largest = Math.max(largest, Math.abs(each));
      }
      assertArrayEquals(expected, actual, 32 * 0x1p-24f * largest, "step " + step);
    }
  }

  /** One batch that makes a step is the same as without. */
  @Test
  void aStepOfOneBatchHasTheSameBits() {
    Recorder plain = new Recorder();
    Recorder one = new Recorder();
    builder(TrainerTest.simple(8)).optimizer(plain).batchSize(23).build().fit(2, TRAIN);
    builder(TrainerTest.simple(8)).optimizer(one).batchSize(23).accumulate(4).build().fit(2, TRAIN);
    for (int step = 0; step < 2; step++) {
      assertArrayEquals(plain.gradients.get(step), one.gradients.get(step));
    }
  }

  /** Each batch of a step draws numbers of its own. */
  @Test
  void theBatchesOfAStepDropDifferentValues() {
    Network network =
        new Network(
            Shape.of(8, 8, 1),
            new Flatten(),
            new Dense(16),
            new Relu(),
            new Dropout(0.5),
            new Dense(4));
    network.initialize(1);
    TrainingStep step =
        new TrainingStep(network, new Sgd(), new SoftmaxCrossEntropy(), 5, 1, WorkerTeam.single());
    int[] order = {0, 1, 2, 3, 4};
    List<Double> losses = new ArrayList<>();
    for (long number : new long[] {0, 1, 0}) {
      new Batches(WorkerTeam.single()).copy(TRAIN, order, 0, 5, step.input(), step.targets());
      step.zeroGradients();
      losses.add(step.addGradients(5, number, 0.5f));
    }
    assertEquals(losses.get(0), losses.get(2));
    assertNotEquals(losses.get(0), losses.get(1));
  }

  @Test
  void theMomentumHasAScheduleToo() {
    Recorder recorder = new Recorder();
    OneCycle cycle = new OneCycle(0.1, 10);
    builder(TrainerTest.simple(8))
        .optimizer(recorder)
        .schedule(cycle)
        .momentum(cycle.momentum())
        .build()
        .fit(2, TRAIN);
    assertEquals(10, recorder.rates.size());
    for (int step = 0; step < 10; step++) {
      assertEquals(cycle.rate(step), recorder.rates.get(step));
      assertEquals(cycle.momentum().rate(step), recorder.momenta.get(step + 1)); // 0: to ask
    }
    assertRefused(
        "this optimizer has no momentum that could be 0.95",
        () -> builder(TrainerTest.simple(8)).momentum(cycle.momentum()).build());
  }

  /** Before anything is trained. */
  @Test
  void aTrainingPastTheEndOfAScheduleIsRefused() {
    Recorder recorder = new Recorder();
    OneCycle cycle = new OneCycle(0.1, 14);
    Trainer trainer = builder(TrainerTest.simple(8)).optimizer(recorder).schedule(cycle).build();
    assertRefused(
        "the schedule ends with step 13, but 5 steps in each of 3 epochs go on to step 14: make"
            + " it longer, or let it hold its last rate",
        () -> trainer.fit(3, TRAIN));
    assertEquals(0, recorder.rates.size());
    trainer.fit(2, TRAIN);
    assertRefused("the schedule ends with step 13", () -> trainer.fit(1, TRAIN));
    assertEquals(10, recorder.rates.size());
    assertRefused(
        "the schedule of the momentum ends with step 13",
        () ->
            builder(TrainerTest.simple(8))
                .optimizer(recorder)
                .momentum(cycle.momentum())
                .build()
                .fit(3, TRAIN));
    builder(TrainerTest.simple(8)).schedule(cycle.hold()).build().fit(3, TRAIN);
    builder(TrainerTest.simple(8)).schedule(new CosineDecay(0.1, 14)).build().fit(3, TRAIN);
  }

  /** It is validated as soon as there is one; the network itself goes on as without. */
  @Test
  void theAverageIsWhatIsValidated() {
    Network plain = TrainerTest.simple(8);
    Network network = TrainerTest.simple(8);
    Trainer without = builder(plain).validation(HELD).build();
    Trainer trainer = builder(network).validation(HELD).average(Averaging.equal().from(5)).build();
    List<Double> losses = new ArrayList<>();
    List<Double> expected = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            losses.add(report.validation().loss());
            boolean begun = report.epoch() > 1;
            Network validated = begun ? trainer.averaged() : network;
            expected.add(Evaluation.of(validated, HELD, WorkerTeam.single()).loss());
            assertEquals(
                begun,
                Evaluation.of(network, HELD, WorkerTeam.single()).loss()
                    != report.validation().loss());
          }
        };
    trainer.fit(3, TRAIN, listener);
    without.fit(3, TRAIN);
    assertEquals(expected, losses);
    assertSameParameters(plain, network);
    assertFalse(
        Arrays.equals(
            Tensors.values(network.parameters().get("4.weight").value()),
            Tensors.values(trainer.averaged().parameters().get("4.weight").value())));
    assertEquals(
        "no averages are taken: choose them by average(...)",
        assertThrows(IllegalStateException.class, without::averaged).getMessage());
  }

  private static void assertSameParameters(Network expected, Network actual) {
    expected
        .parameters()
        .forEach(
            (name, p) ->
                assertArrayEquals(
                    Tensors.values(p.value()),
                    Tensors.values(actual.parameters().get(name).value()),
                    name));
  }

  static Stream<Arguments> plateaus() {
    return Stream.of(
        Arguments.of("plateau", new Plateau().factor(0.5).patience(2)),
        Arguments.of("plateau-cooldown", new Plateau(0.5, 1, 0.1, 4, 0)),
        Arguments.of("plateau-least", new Plateau().factor(0.3).patience(0).least(0.004)),
        Arguments.of("plateau-small", new Plateau().factor(1e-3).patience(0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plateaus")
  void aPlateauIsThatOfPyTorch(String name, Plateau plateau) throws IOException {
    Map<String, Tensor> recorded =
        Safetensors.read(Path.of("src", "test", "resources", "optimizers", "schedules.safetensors"))
            .tensors();
    float[] losses = Tensors.values(recorded.get("plateau.loss"));
    float[] rates = Tensors.values(recorded.get(name + ".rate"));
    PlateauState state = new PlateauState();
    int lowered = 0;
    for (int epoch = 0; epoch < losses.length; epoch++) {
      float before = state.rate(plateau, 0.1f);
      state.endEpoch(plateau, losses[epoch], 0.1f);
      float rate = state.rate(plateau, 0.1f);
      lowered += rate < before ? 1 : 0;
      assertEquals(rates[epoch], rate, 2 * Math.ulp(rates[epoch]), "after epoch " + epoch);
    }
    assertTrue(lowered >= 2, "" + lowered);
  }

  /** A schedule that is lower than the least rate stays as it is. */
  @Test
  void aPlateauRaisesNoRate() {
    Plateau plateau = new Plateau().patience(0).least(0.05);
    PlateauState state = new PlateauState();
    assertEquals(0.01f, state.rate(plateau, 0.01f));
    state.endEpoch(plateau, 1, 0.1f);
    state.endEpoch(plateau, 1, 0.1f);
    assertEquals(0.05f, state.rate(plateau, 0.1f));
    assertEquals(0.01f, state.rate(plateau, 0.01f));
  }

  @Test
  void aPlateauLowersTheRateOfTheFollowingEpochs() {
    Recorder recorder = new Recorder(); // the loss stays as it is
    builder(TrainerTest.simple(8))
        .optimizer(recorder)
        .validation(HELD)
        .plateau(new Plateau().patience(1).factor(0.5))
        .build()
        .fit(4, TRAIN);
    for (int step = 0; step < 20; step++) {
      assertEquals(step < 15 ? 0.1f : 0.05f, recorder.rates.get(step), "step " + step);
    }
  }

  @Test
  void impossibleChoicesAreRefused() {
    assertRefused(
        "a plateau needs images to validate with, but there are none",
        () -> builder(TrainerTest.simple(8)).plateau(new Plateau()).build());
    assertRefused(
        "a step must have at least 1 batch, and fewer than 2^31 images, but has 0 batches of 5",
        () -> builder(TrainerTest.simple(8)).accumulate(0).build());
    assertRefused(
        "but has 2000000000 batches of 5",
        () -> builder(TrainerTest.simple(8)).accumulate(2_000_000_000).build());
    assertRefused("factor must be above 0", () -> new Plateau().factor(0));
    assertRefused("patience must be", () -> new Plateau().patience(-1));
    assertRefused("cooldown must be", () -> new Plateau().cooldown(-1));
    assertRefused("least must be", () -> new Plateau().least(Double.NaN));
    assertRefused("threshold must be", () -> new Plateau(0.1, 1, 1, 0, 0));
  }

  private static void assertRefused(String part, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
