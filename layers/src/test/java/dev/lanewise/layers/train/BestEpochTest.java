// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.optim.Averaging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BestEpochTest {
  private static final Stripes TRAIN = new Stripes(60, 8, 4);
  private static final Stripes HELD = new Stripes(40, 8, 5);

  @TempDir Path folder;

  /** So long steps that the loss goes up and down. */
  private static TrainerBuilder builder(Network network, BestEpoch best) {
    return TrainerTest.builder(network, WorkerTeam.single(), 5, 0.5f).validation(HELD).best(best);
  }

  /** Trains, and returns what each epoch reported. */
  private static List<EpochReport> fit(Trainer trainer, int epochs) {
    List<EpochReport> reports = new ArrayList<>();
    trainer.fit(
        epochs,
        TRAIN,
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            reports.add(report);
          }
        });
    return reports;
  }

  private static double loss(Network network) {
    return Evaluation.of(network, HELD, WorkerTeam.single()).loss();
  }

  @Test
  void theBestNetworkIsThatOfTheBestEpoch() {
    Network network = TrainerTest.simple(8);
    Trainer trainer = builder(network, BestEpoch.byLoss()).build();
    List<EpochReport> reports = fit(trainer, 12);

    assertEquals(12, reports.size());
    assertFalse(trainer.stoppedEarly());
    double least = reports.stream().mapToDouble(r -> r.validation().loss()).min().orElseThrow();
    assertNotEquals(least, reports.getLast().validation().loss(), "the last epoch was the best");
    assertEquals(least, loss(trainer.best()));
    assertEquals(reports.getLast().validation().loss(), loss(network), "the live one goes on");
  }

  @Test
  void ofEquallyAccurateEpochsTheFirstIsTheBest() {
    Trainer trainer = builder(TrainerTest.simple(8), BestEpoch.byAccuracy()).build();
    List<EpochReport> reports = fit(trainer, 12);

    Evaluation first =
        reports.stream()
            .map(EpochReport::validation)
            .max(
                Comparator.comparingDouble(Evaluation::accuracy)
                    .thenComparing(v -> -index(reports, v)))
            .orElseThrow();
    assertEquals(first.loss(), loss(trainer.best()));
  }

  private static double index(List<EpochReport> reports, Evaluation validation) {
    return reports.stream().map(EpochReport::validation).toList().indexOf(validation);
  }

  @Test
  void stopsWhenNoBetterEpochComes() {
    Trainer trainer = builder(TrainerTest.simple(8), BestEpoch.byLoss().patience(3)).build();
    List<EpochReport> reports = fit(trainer, 1000);

    assertTrue(trainer.stoppedEarly());
    assertTrue(reports.size() < 1000);
    List<Double> losses = reports.stream().map(r -> r.validation().loss()).toList();
    int best = losses.indexOf(losses.stream().min(Double::compare).orElseThrow());
    assertEquals(reports.size() - 1 - 3, best);
    assertEquals(losses.get(best), loss(trainer.best()));
    assertEquals(List.of(), fit(trainer, 5), "no further epoch");
  }

  @Test
  void anEpochMustBeBetterByTheMargin() {
    Trainer trainer =
        builder(TrainerTest.simple(8), BestEpoch.byLoss().margin(100).patience(4)).build();
    List<EpochReport> reports = fit(trainer, 1000);

    assertEquals(5, reports.size());
    assertEquals(reports.getFirst().validation().loss(), loss(trainer.best()));
  }

  @Test
  void averagesAreKeptWhereTheyAreValidated() {
    Trainer trainer =
        builder(TrainerTest.simple(8), BestEpoch.byLoss())
            .average(Averaging.exponential(0.9))
            .build();
    List<EpochReport> reports = fit(trainer, 6);
    double least = reports.stream().mapToDouble(r -> r.validation().loss()).min().orElseThrow();
    assertEquals(least, loss(trainer.best()));
  }

  @Test
  void theBestNetworkIsInACheckpoint() throws IOException {
    Trainer trainer = builder(TrainerTest.simple(8), BestEpoch.byLoss()).build();
    List<EpochReport> reports = fit(trainer, 12);
    Trainer resumed = builder(TrainerTest.simple(8), BestEpoch.byLoss()).build();
    try (CheckpointFolder checkpoints = CheckpointFolder.open(folder)) {
      checkpoints.save(trainer.checkpoint(Map.of()));
      resumed.restore(checkpoints.newest(line -> {}).orElseThrow());
    }

    assertNotEquals(loss(trainer.best()), reports.getLast().validation().loss());
    assertEquals(loss(trainer.best()), loss(resumed.best()));
  }

  @Test
  void beforeTheFirstValidationItIsTheNetworkItself() {
    Network network = TrainerTest.simple(8);
    Network best = builder(network, BestEpoch.byLoss()).build().best();
    network
        .parameters()
        .forEach(
            (name, parameter) ->
                assertArrayEquals(
                    Tensors.values(parameter.value()),
                    Tensors.values(best.parameters().get(name).value())));
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> BestEpoch.byLoss().margin(-1));
    assertThrows(IllegalArgumentException.class, () -> BestEpoch.byLoss().margin(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> BestEpoch.byLoss().patience(-1));
    TrainerBuilder without = TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 5, 1);
    assertThrows(IllegalStateException.class, () -> without.build().best());
    without.best(BestEpoch.byLoss());
    String message = assertThrows(IllegalArgumentException.class, without::build).getMessage();
    assertEquals("the best epoch needs images to validate with, but there are none", message);
  }

  @ParameterizedTest
  @CsvSource({"x, 1", "NaN, 1", "0x1p3, -1", "0x1p3, y", "0x1p3,", ", 1"})
  void aDamagedStandingIsNamed(String value, String epochs) {
    Map<String, String> metadata = new java.util.HashMap<>();
    metadata.put("training.best.value", value);
    metadata.put("training.best.epochs", epochs);
    String message =
        assertThrows(
                DataException.class,
                () -> BestWeights.Standing.read(Path.of("f"), "training.", metadata))
            .getMessage();
    assertTrue(message.contains("training.best.value '" + value), message);
  }
}
