// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.Averaging;
import dev.lanewise.layers.optim.ClipByNorm;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.Muon;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.ParameterFilter;
import dev.lanewise.layers.optim.ParameterGroups;
import dev.lanewise.layers.optim.Plateau;
import dev.lanewise.layers.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointTest {
  private static final Stripes TRAIN = new Stripes(23, 8, 4);
  private static final Stripes HELD = new Stripes(10, 8, 5);
  private static final int EPOCHS = 3;
  private static final int STEPS = 5; // per epoch: 4 of 5 images, one of 3
  private static final TrainingListener SILENT = new TrainingListener() {};

  @TempDir Path temp;

  /** Thrown by a listener to end a training, as a kill would. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** An optimizer that remembers something. */
  private static final class Momentum implements Optimizer.Updater {
    private final Map<Parameter, Tensor> velocities = new LinkedHashMap<>();
    private final Map<String, Tensor> state = new LinkedHashMap<>();

    Momentum(Map<String, Parameter> parameters, WorkerTeam team) {
      parameters.forEach(
          (name, parameter) -> {
            Tensor velocity = Tensor.zeros(parameter.value().dims());
            velocities.put(parameter, velocity);
            state.put(name, velocity);
          });
    }

    @Override
    public void step(float learningRate) {
      velocities.forEach(
          (parameter, velocity) -> {
            Tensor value = parameter.value();
            for (int i = 0; i < value.size(); i++) {
              float grad = parameter.grad().data[parameter.grad().offset + i];
              velocity.data[i] = 0.9f * velocity.data[i] + grad;
              value.data[value.offset + i] -= learningRate * velocity.data[i];
            }
          });
    }

    @Override
    public Map<String, Tensor> state() {
      return state;
    }
  }

  static List<Arguments> trainings() {
    Supplier<Network> simple = () -> TrainerTest.simple(8);
    Supplier<Network> block = CheckpointTest::block;
    UnaryOperator<TrainerBuilder> averages =
        b ->
            b.optimizer(new AdamW())
                .average(Averaging.exponential(0.9).warmUp().from(3).buffers(true))
                .schedule(new OneCycle(0.02, 20))
                .momentum(new OneCycle(0.02, 20).momentum());
    UnaryOperator<TrainerBuilder> accumulates =
        b ->
            b.optimizer(new Sgd().momentum(0.9).dampening(0.1))
                .batchSize(2)
                .accumulate(3)
                .freeze(name -> name.startsWith("0."))
                .plateau(new Plateau().patience(0).factor(0.5).cooldown(1));
    UnaryOperator<TrainerBuilder> best =
        b -> b.optimizer(new Adam()).best(BestEpoch.byAccuracy().margin(0.05).patience(2));
    UnaryOperator<TrainerBuilder> groups =
        b ->
            b.optimizer(
                new ClipByNorm(
                    new ParameterGroups(new Sgd().momentum(0.8).nesterov(true))
                        .group(ParameterFilter.weights(), Muon.airbench(), new CosineDecay(2, 12)),
                    0.5));
    return List.of(
        Arguments.of("simple, momentum", simple, choosing(Momentum::new), STEPS),
        Arguments.of("simple, Adam", simple, choosing(new Adam()), STEPS),
        Arguments.of("batch_norm2d, Adam", block, choosing(new Adam()), STEPS),
        Arguments.of("batch_norm2d, averages, one cycle", block, averages, STEPS),
        Arguments.of("batch_norm2d, accumulating, plateau", block, accumulates, 4),
        Arguments.of("batch_norm2d, the best epoch", block, best, STEPS),
        Arguments.of("simple, groups", simple, groups, STEPS));
  }

  private static UnaryOperator<TrainerBuilder> choosing(Optimizer optimizer) {
    return builder -> builder.optimizer(optimizer);
  }

  /** With batch normalisation and dropout. */
  private static Network block() {
    Network network = LayerCases.networks(Shape.of(8, 8, 1)).get("batch_norm2d");
    network.initialize(1);
    return network;
  }

  private static Trainer trainer(Network network, WorkerTeam team) {
    return builder(network, team, Momentum::new).build();
  }

  private static TrainerBuilder builder(Network network, WorkerTeam team, Optimizer optimizer) {
    return TrainerTest.builder(network, team, 5, 0.01f).optimizer(optimizer).validation(HELD);
  }

  /** Parameters and buffers. */
  private static void assertSame(Network expected, Network actual, String what) {
    assertSame(ModelFile.tensors(expected.graph()), ModelFile.tensors(actual.graph()), what);
  }

  private static void assertSame(
      Map<String, Tensor> expected, Map<String, Tensor> actual, String what) {
    assertEquals(expected.keySet(), actual.keySet(), what);
    expected.forEach(
        (name, tensor) ->
            assertArrayEquals(
                Tensors.values(tensor), Tensors.values(actual.get(name)), what + " " + name));
  }

  /** Figures of an epoch, without times. */
  private static String figures(EpochReport report) {
    return report.epoch()
        + " "
        + Double.toHexString(report.trainLoss())
        + " "
        + Double.toHexString(report.validation().loss())
        + " "
        + report.validation().accuracy()
        + " "
        + report.images();
  }

  /** Kills a training after every possible step, and goes on with another number of threads. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("trainings")
  void aTrainingThatGoesOnIsTheSameToTheLastBit(
      String name, Supplier<Network> networks, UnaryOperator<TrainerBuilder> choices, int steps)
      throws IOException {
    List<String> expected = new ArrayList<>();
    BiFunction<Network, WorkerTeam, Trainer> trainers =
        (network, team) -> choices.apply(builder(network, team, new Sgd())).build();
    try (WorkerTeam one = new WorkerTeam(1);
        WorkerTeam three = new WorkerTeam(3)) {
      Trainer whole = trainers.apply(networks.get(), one);
      whole.fit(
          EPOCHS,
          TRAIN,
          new TrainingListener() {
            @Override
            public void onEpoch(EpochReport report) {
              expected.add(figures(report));
            }
          });
      Map<String, Tensor> state = whole.checkpoint(Map.of()).tensors();
      for (int kill = 1; kill <= EPOCHS * steps; kill++) {
        Path path = temp.resolve("after-" + kill);
        List<String> figures = new ArrayList<>();
        run(path, trainers.apply(networks.get(), one), kill, figures);
        Network network = networks.get();
        network.initialize(99); // nothing may be left of this
        Trainer resumed = trainers.apply(network, three);
        run(path, resumed, Integer.MAX_VALUE, figures);
        assertSame(state, resumed.checkpoint(Map.of()).tensors(), "killed at step " + kill);
        assertEquals(expected, figures, "killed at step " + kill);
      }
    }
  }

  @Test
  void aCheckpointKeepsTheBuffers() throws IOException {
    Network network = block();
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Trainer trainer = trainer(network, WorkerTeam.single());
      trainer.fit(2, TRAIN, new Checkpointer(trainer, folder, 0, Map::of, SILENT));
      Map<String, Tensor> saved = folder.newest(warning -> {}).orElseThrow().content().tensors();
      assertEquals(2 * STEPS, saved.get("1.num_batches_tracked").data[0]);
      network
          .buffers()
          .forEach(
              (name, buffer) ->
                  assertArrayEquals(Tensors.values(buffer), Tensors.values(saved.get(name)), name));
      assertTrue(saved.get("1.running_mean").data[0] != 0);
    }
  }

  /** Trains from the newest checkpoint, if there is one, and throws away what comes after it. */
  private static void run(Path path, Trainer trainer, int kill, List<String> log)
      throws IOException {
    int[] steps = {0};
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (++steps[0] == kill) {
              throw new Killed();
            }
          }

          @Override
          public void onEpoch(EpochReport report) {
            log.add(figures(report));
          }
        };
    try (CheckpointFolder folder = CheckpointFolder.open(path)) {
      Checkpointer checkpointer = new Checkpointer(trainer, folder, 1, Map::of, listener);
      Optional<CheckpointFolder.Entry> newest = folder.newest(warning -> {});
      if (newest.isPresent()) {
        checkpointer.restore(newest.get());
      } else {
        checkpointer.save();
      }
      try {
        trainer.fit(EPOCHS - trainer.epochs(), TRAIN, checkpointer);
      } catch (Killed e) {
        assertEquals(kill, steps[0]);
      }
    }
  }

  /** All steps of the epoch were made before the training was resumed. */
  @Test
  void anEpochThatIsResumedAtItsEndKnowsItsLearningRate() throws IOException {
    Trainer first = trainer(TrainerTest.simple(8), WorkerTeam.single());
    Safetensors[] end = new Safetensors[1];
    TrainingListener keeps =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (images == TRAIN.size()) {
              end[0] = first.checkpoint(Map.of());
            }
          }
        };
    first.fit(1, TRAIN, keeps);
    Trainer second = trainer(TrainerTest.simple(8), WorkerTeam.single());
    second.restore(new CheckpointFolder.Entry(temp, end[0]));
    List<Float> rates = new ArrayList<>();
    second.fit(
        1,
        TRAIN,
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            rates.add(second.learningRate());
          }
        });
    assertEquals(List.of(first.learningRate()), rates);
  }

  @Test
  void everyFewStepsAndAfterEveryEpoch() throws IOException {
    List<String> saved = new ArrayList<>();
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Trainer trainer = trainer(TrainerTest.simple(8), WorkerTeam.single());
      trainer.fit(
          2,
          TRAIN,
          new Checkpointer(
              trainer,
              folder,
              2,
              () -> {
                saved.add(trainer.epochs() + ":" + trainer.images());
                return Map.of();
              },
              SILENT));
      assertEquals(List.of("0:10", "0:20", "1:0", "1:5", "1:15", "1:23", "2:0"), saved);
    }
    assertThrows(
        IllegalArgumentException.class, () -> new Checkpointer(null, null, -1, Map::of, SILENT));
  }

  @Test
  void theOtherListenerReceivesEverythingBeforeItIsSaved() throws IOException {
    List<String> log = new ArrayList<>();
    TrainingListener other =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            log.add("step " + images);
          }

          @Override
          public void onEpoch(EpochReport report) {
            log.add("epoch " + report.epoch());
          }
        };
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Trainer trainer = trainer(TrainerTest.simple(8), WorkerTeam.single());
      Supplier<Map<String, String>> notes =
          () -> {
            log.add("save");
            return Map.of();
          };
      trainer.fit(1, TRAIN, new Checkpointer(trainer, folder, 2, notes, other));
    }
    assertEquals(
        "step 5, step 10, save, step 15, step 20, save, step 23, epoch 1, save",
        String.join(", ", log));
  }

  @Test
  void theLowestAndTheHighestAccuracyAreKept() throws IOException {
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Trainer trainer = trainer(TrainerTest.simple(8), WorkerTeam.single());
      Checkpointer checkpointer = new Checkpointer(trainer, folder, 0, Map::of, SILENT);
      for (String accuracy : List.of("0.0", "1.0")) {
        Map<String, String> best = Map.of("checkpoint.bestAccuracy", accuracy);
        checkpointer.restore(new CheckpointFolder.Entry(temp, trainer.checkpoint(best)));
        checkpointer.save();
        CheckpointFolder.Entry saved = folder.newest(warning -> {}).orElseThrow();
        assertEquals(accuracy, saved.content().metadata().get("checkpoint.bestAccuracy"));
      }
    }
  }

  /** The best stays the best over an interruption, and it is a weight file. */
  @Test
  void theBestByValidationIsKept() throws IOException {
    Network best = TrainerTest.simple(8);
    double[] accuracy = {-1};
    Path file = temp.resolve("best.safetensors");
    for (int epoch = 0; epoch < 6; epoch++) {
      try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
        Network network = TrainerTest.simple(8);
        Trainer trainer = trainer(network, WorkerTeam.single());
        TrainingListener listener =
            new TrainingListener() {
              @Override
              public void onEpoch(EpochReport report) {
                if (report.validation().accuracy() > accuracy[0]) {
                  accuracy[0] = report.validation().accuracy();
                  copy(network, best);
                }
              }
            };
        Checkpointer checkpointer = new Checkpointer(trainer, folder, 0, Map::of, listener);
        Optional<CheckpointFolder.Entry> newest = folder.newest(warning -> {});
        if (newest.isPresent()) {
          checkpointer.restore(newest.get());
        }
        trainer.fit(1, TRAIN, checkpointer);
      }
      Network loaded = TrainerTest.simple(8);
      ModelFile.load(loaded.graph(), file);
      assertSame(best, loaded, "after epoch " + epoch);
    }
  }

  private static void copy(Network from, Network to) {
    from.parameters()
        .forEach(
            (name, parameter) -> {
              Tensor target = to.parameters().get(name).value();
              System.arraycopy(
                  parameter.value().data, 0, target.data, 0, parameter.value().data.length);
            });
  }

  @Test
  void aCheckpointOfAnotherTrainingIsRefusedAndChangesNothing() throws IOException {
    WorkerTeam team = WorkerTeam.single();
    Network network = TrainerTest.simple(8);
    CheckpointFolder.Entry checkpoint =
        new CheckpointFolder.Entry(temp, trainer(network, team).checkpoint(Map.of()));
    Network untouched = TrainerTest.simple(8);
    untouched.initialize(2);
    Network expected = TrainerTest.simple(8);
    expected.initialize(2);
    Trainer otherBatch = builder(untouched, team, Momentum::new).batchSize(4).build();
    assertRefused(otherBatch, checkpoint, "batch");
    assertRefused(TrainerTest.trainer(untouched, team, 5, 0.1f), checkpoint, "another optimizer");
    assertRefused(trainer(TrainerTest.complex(8), team), checkpoint, "another optimizer");
    CheckpointFolder.Entry plain =
        new CheckpointFolder.Entry(
            temp, TrainerTest.trainer(network, team, 5, 0.1f).checkpoint(Map.of()));
    assertRefused(trainer(untouched, team), plain, "another optimizer");
    assertSame(expected, untouched, "untouched");
  }

  private static void assertRefused(
      Trainer trainer, CheckpointFolder.Entry checkpoint, String part) {
    String message =
        assertThrows(DataException.class, () -> trainer.restore(checkpoint)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aCheckpointOfOtherStepsIsRefused() throws IOException {
    Trainer two =
        builder(TrainerTest.simple(8), WorkerTeam.single(), new Sgd()).accumulate(2).build();
    two.fit(1, TRAIN);
    CheckpointFolder.Entry saved = new CheckpointFolder.Entry(temp, two.checkpoint(Map.of()));
    assertRefused(
        builder(TrainerTest.simple(8), WorkerTeam.single(), new Sgd()).build(),
        saved,
        "whose steps have 2 batches, expected 1");
  }

  /** Dropout and augmentation would draw other numbers. */
  @Test
  void anotherSeedIsRefused() {
    Trainer seven = builder(TrainerTest.simple(8), WorkerTeam.single(), new Sgd()).build();
    seven.fit(1, TRAIN);
    assertRefused(
        builder(TrainerTest.simple(8), WorkerTeam.single(), new Sgd()).seed(8).build(),
        new CheckpointFolder.Entry(temp, seven.checkpoint(Map.of())),
        "was saved by a run with seed 7, expected 8");
  }

  /** One that was saved without a plateau begins with one that has seen nothing. */
  @Test
  void aPlateauIsKeptAndChecked() throws IOException {
    TrainerBuilder builder =
        builder(TrainerTest.simple(8), WorkerTeam.single(), new Sgd()).plateau(new Plateau());
    Trainer trainer = builder.build();
    trainer.fit(1, TRAIN);
    Safetensors good = trainer.checkpoint(Map.of());
    for (String key : List.of("scale", "best", "bad", "cooldown")) {
      for (String value : List.of("", "x", "NaN", "-1")) {
        Map<String, String> metadata = new LinkedHashMap<>(good.metadata());
        metadata.put("training.plateau." + key, value);
        if (key.equals("best") && value.equals("-1")) { // a loss of one's own may be negative
          trainer.restore(
              new CheckpointFolder.Entry(temp, new Safetensors(good.tensors(), metadata)));
          continue;
        }
        assertRefused(
            trainer,
            new CheckpointFolder.Entry(temp, new Safetensors(good.tensors(), metadata)),
            "training.plateau." + key);
      }
    }
    Map<String, String> metadata = new LinkedHashMap<>(good.metadata());
    metadata.keySet().removeIf(key -> key.startsWith("training.plateau."));
    trainer.restore(new CheckpointFolder.Entry(temp, new Safetensors(good.tensors(), metadata)));
    trainer.fit(1, TRAIN);
    assertEquals(2, trainer.epochs());
  }

  /** Forward changes buffers: a checkpoint from another thread must not see them halfway. */
  @Test
  void noCheckpointIsTakenWithinAStep() throws Exception {
    List<Trainer> trainers = new ArrayList<>();
    List<Thread> others = new ArrayList<>();
    List<Boolean> waited = new ArrayList<>();
    Loss asking =
        (output, maxBatch) -> {
          Loss.Pass pass = new SoftmaxCrossEntropy().newPass(output, maxBatch);
          return new Loss.Pass() {
            @Override
            public double forward(int batch, Tensor y, Targets targets) {
              return pass.forward(batch, y, targets);
            }

            @Override
            public double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy) {
              if (others.isEmpty()) {
                Thread other = new Thread(() -> trainers.getFirst().checkpoint(Map.of()));
                others.add(other);
                other.start();
                try {
                  waited.add(!other.join(java.time.Duration.ofMillis(300)));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
              return pass.forwardBackward(batch, y, targets, dy);
            }
          };
        };
    trainers.add(builder(block(), WorkerTeam.single(), new Sgd()).loss(asking).build());
    trainers.getFirst().fit(1, TRAIN);
    others.getFirst().join();
    assertEquals(List.of(true), waited);
  }

  @Test
  void aCheckpointThatSaysNonsenseIsRefused() throws IOException {
    Trainer trainer = trainer(TrainerTest.simple(8), WorkerTeam.single());
    Safetensors good = trainer.checkpoint(Map.of());
    for (String key : List.of("seed", "batchSize", "epoch", "images", "nanos", "lossSum")) {
      for (String value : Arrays.asList("", "x", "NaN", null)) {
        Map<String, String> metadata = new LinkedHashMap<>(good.metadata());
        if (value == null) {
          metadata.remove("training." + key);
        } else {
          metadata.put("training." + key, value);
        }
        assertRefused(
            trainer,
            new CheckpointFolder.Entry(temp, new Safetensors(good.tensors(), metadata)),
            "training." + key);
      }
    }
    trainer.restore(new CheckpointFolder.Entry(temp, good));
    Checkpointer checkpointer = new Checkpointer(trainer, null, 0, Map::of, SILENT);
    for (String value : List.of("", "x", "NaN", "-0.1", "1.1")) {
      Safetensors bad = trainer.checkpoint(Map.of("checkpoint.bestAccuracy", value));
      String message =
          assertThrows(
                  DataException.class,
                  () -> checkpointer.restore(new CheckpointFolder.Entry(temp, bad)))
              .getMessage();
      assertTrue(message.contains("expected a number from 0 to 1"), message);
    }
  }

  /** The loss overflows at some step: the training ends there, and its last checkpoint is whole. */
  @Test
  void aTrainingThatDivergesStopsAndKeepsTheLastFiniteCheckpoint() throws IOException {
    Network network = TrainerTest.simple(8);
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Trainer trainer = TrainerTest.trainer(network, WorkerTeam.single(), 5, 1e20f);
      Checkpointer checkpointer = new Checkpointer(trainer, folder, 1, Map::of, SILENT);
      checkpointer.save();
      String message =
          assertThrows(DivergedException.class, () -> trainer.fit(EPOCHS, TRAIN, checkpointer))
              .getMessage();
      assertTrue(message.matches(".* step [1-5] of epoch 1 \\(image .*diverged"), message);
      CheckpointFolder.Entry last = folder.newest(warning -> {}).orElseThrow();
      TrainerTest.trainer(TrainerTest.simple(8), WorkerTeam.single(), 5, 1e20f).restore(last);
    }
  }

  @Test
  void aStepWhoseLossIsNotFiniteIsNamedAndNotMade() {
    Network network = TrainerTest.simple(8);
    Trainer trainer = TrainerTest.trainer(network, WorkerTeam.single(), 5, 0.01f);
    trainer.fit(1, TRAIN, SILENT);
    Tensor bias = network.parameters().get("4.bias").value();
    TrainingListener poison =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (images == 10) {
              bias.data[bias.offset] = Float.NaN;
            }
          }
        };
    String message =
        assertThrows(DivergedException.class, () -> trainer.fit(2, TRAIN, poison)).getMessage();
    assertEquals(
        "the loss is NaN at step 3 of epoch 2 (image 15 of the epoch): the training has diverged",
        message);
    assertEquals(10, trainer.images());
    assertTrue(
        assertThrows(DivergedException.class, () -> trainer.checkpoint(Map.of()))
            .getMessage()
            .startsWith("tensor 4.bias has NaN after step 2 of epoch 2"));
  }

  @Test
  void aValidationWhoseLossIsNotFiniteIsNamed() {
    Network network = TrainerTest.simple(8);
    Trainer trainer =
        TrainerTest.builder(network, WorkerTeam.single(), 5, 0.01f).validation(HELD).build();
    Tensor bias = network.parameters().get("4.bias").value();
    TrainingListener poison =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (images == TRAIN.size()) {
              bias.data[bias.offset] = Float.NaN;
            }
          }
        };
    String message =
        assertThrows(DivergedException.class, () -> trainer.fit(2, TRAIN, poison)).getMessage();
    assertTrue(message.startsWith("the validation loss is NaN after step 5 of epoch 1"), message);
  }

  /** No loss has seen what the last step has made, but for the one that is taken at the end. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLastUpdateOfATrainingMustNotDiverge(boolean validates) throws IOException {
    Network network = TrainerTest.simple(8);
    TrainerBuilder builder = TrainerTest.builder(network, WorkerTeam.single(), 20, 1e30f);
    Trainer trainer = (validates ? builder.validation(HELD) : builder).build();
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      Checkpointer checkpointer = new Checkpointer(trainer, folder, 0, Map::of, SILENT);
      checkpointer.save();
      String message =
          assertThrows(
                  DivergedException.class,
                  () -> trainer.fit(1, TRAIN.slice(0, 20), checkpointer)) // one step
              .getMessage();
      String what = validates ? "the validation loss" : "the loss of the last batch";
      assertTrue(
          message.matches(what + " is (NaN|Infinity) after step 1 of epoch 1 .*diverged"), message);
      assertEquals(0, trainer.epochs());
      Path last = folder.newest(warning -> {}).orElseThrow().file();
      assertEquals("checkpoint-000001.safetensors", last.getFileName().toString());
    }
  }

  /** Below a ReLU it is in no output, and so in no loss. */
  @Test
  void anEpochMustNotEndWithAParameterThatIsNotFinite() {
    Network network = TrainerTest.simple(8);
    Trainer trainer =
        TrainerTest.builder(network, WorkerTeam.single(), 5, 0.01f).validation(HELD).build();
    Tensor bias = network.parameters().get("0.bias").value();
    TrainingListener poison =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            bias.data[bias.offset + 3] = Float.NEGATIVE_INFINITY;
          }
        };
    String message =
        assertThrows(DivergedException.class, () -> trainer.fit(1, TRAIN, poison)).getMessage();
    assertTrue(message.startsWith("tensor 0.bias has -Infinity after step 5 of epoch 1"), message);
  }

  /** Each step's loss is finite, the sum of all is not: the mean of the epoch would be infinite. */
  @Test
  void theLossOfAnEpochMustBeFinite() {
    Loss huge =
        (output, maxBatch) ->
            new Loss.Pass() {
              @Override
              public double forward(int batch, Tensor y, Targets targets) {
                return 1;
              }

              @Override
              public double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy) {
                return Double.MAX_VALUE;
              }
            };
    Trainer trainer =
        TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 5, 0.01f)
            .loss(huge)
            .build();
    String message =
        assertThrows(DivergedException.class, () -> trainer.fit(1, TRAIN)).getMessage();
    assertTrue(message.startsWith("the loss of the epoch is Infinity at step 2 of"), message);
  }
}
