// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained network becomes one for other classes: frozen parameters, then all of them. */
final class FineTuningTest {
  private static final Stripes TRAIN = new Stripes(200, 8, 4);

  @TempDir Path folder;

  private static Map<String, float[]> values(Network network) {
    Map<String, float[]> values = new TreeMap<>();
    network.parameters().forEach((name, p) -> values.put(name, Tensors.values(p.value())));
    return values;
  }

  private static Set<String> changed(Map<String, float[]> before, Network network) {
    return values(network).entrySet().stream()
        .filter(entry -> !Arrays.equals(entry.getValue(), before.get(entry.getKey())))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Test
  void aNewHeadIsTrainedAloneAndThenWithTheTrunk() throws IOException {
    Path file = folder.resolve("model.safetensors");
    TrainerTest.complex(8).save(file);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Network network = Network.load(file).upTo("12").then("13", new Dense(4));
      network.initialize(7, "13");
      Map<String, float[]> before = values(network);
      TrainerBuilder builder = TrainerTest.builder(network, team, 10, 0.05f).optimizer(new AdamW());
      Trainer trainer = builder.learningRate(0.01f).freeze(name -> !name.startsWith("13.")).build();
      trainer.fit(4, TRAIN);
      assertEquals(Set.of("13.weight", "13.bias"), changed(before, network));
      assertTrue(
          trainer.checkpoint(Map.of()).tensors().keySet().stream()
              .filter(name -> name.startsWith("optimizer.exp"))
              .allMatch(name -> name.contains(".13.")));
      assertTrue(Evaluation.of(network, TRAIN, team).accuracy() > 0.6);

      builder.freeze(name -> false).learningRate(0.001f).build().fit(1, TRAIN);
      assertEquals(before.keySet(), changed(before, network));
    }
  }

  /** The gradients, and so the steps, of what is trained do not change. */
  @Test
  void frozenParametersChangeNoBitOfTheOthers() {
    Network all = TrainerTest.complex(8);
    Network part = TrainerTest.complex(8);
    TrainingStep ofAll =
        new TrainingStep(all, new Sgd(), new SoftmaxCrossEntropy(), 20, 1, WorkerTeam.single());
    TrainingStep ofPart =
        new TrainingStep(
            part,
            new Sgd(),
            new SoftmaxCrossEntropy(),
            null,
            name -> name.startsWith("0.") || name.equals("5.weight"),
            20,
            1,
            WorkerTeam.single());
    int[] order = new int[20];
    Arrays.setAll(order, i -> i);
    for (TrainingStep step : new TrainingStep[] {ofAll, ofPart}) {
      new Batches(WorkerTeam.single()).copy(TRAIN, order, 0, 20, step.input(), step.targets());
      step.gradients(20, 0);
      step.update(0.1f);
    }
    Network untouched = TrainerTest.complex(8);
    all.parameters()
        .forEach(
            (name, p) -> {
              boolean frozen = name.startsWith("0.") || name.equals("5.weight");
              float[] expected =
                  Tensors.values((frozen ? untouched.parameters().get(name) : p).value());
              assertArrayEquals(
                  expected, Tensors.values(part.parameters().get(name).value()), name);
            });
  }

  @Test
  void somethingMustBeTrained() {
    TrainerBuilder builder =
        TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 5, 0.1f);
    String message =
        assertThrows(IllegalArgumentException.class, () -> builder.freeze(name -> true).build())
            .getMessage();
    assertEquals("all parameters are frozen, expected one to be trained", message);
    String unknown =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    TrainerTest.simple(8)
                        .trainingPass(1, WorkerTeam.single(), 0, Set.of("0.weigth")))
            .getMessage();
    assertEquals("there is no parameter '0.weigth' to be frozen", unknown);
  }

  /** A checkpoint says what was trained. */
  @Test
  void aTrainingGoesOnWithTheSameFrozenParameters() throws IOException {
    Network network = TrainerTest.simple(8);
    TrainerBuilder builder =
        TrainerTest.builder(network, WorkerTeam.single(), 5, 0.1f).optimizer(new AdamW());
    Trainer frozen = builder.freeze(name -> name.startsWith("0.")).build();
    frozen.fit(1, TRAIN);
    CheckpointFolder.Entry saved = new CheckpointFolder.Entry(folder, frozen.checkpoint(Map.of()));
    Trainer again = builder.build();
    again.restore(saved);
    assertEquals(1, again.epochs());
    Trainer all = builder.freeze(name -> false).build();
    String message =
        assertThrows(dev.lanewise.layers.data.DataException.class, () -> all.restore(saved))
            .getMessage();
    assertTrue(message.contains("another optimizer"), message);
    assertFalse(network.parameters().isEmpty());
  }
}
