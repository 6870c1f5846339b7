package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Models;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensor;
import dev.lanewise.layers.optim.Sgd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TrainerTest {
  static Trainer trainer(Network network, WorkerTeam team, int batch, float rate) {
    Sgd sgd = new Sgd(network.parameters().values(), rate, team);
    return new Trainer(network, sgd, team, batch, 7);
  }

  static Network simple(int side) {
    Network network = Models.simple(new dev.lanewise.layers.Shape(side, side, 1), 4);
    network.initialize(1);
    return network;
  }

  static Network complex(int side) {
    Network network = Models.complex(new dev.lanewise.layers.Shape(side, side, 1), 4);
    network.initialize(1);
    return network;
  }

  /** Keeps what a training reports. */
  private static final class Log implements Trainer.Listener {
    final List<Trainer.EpochReport> epochs = new ArrayList<>();
    final List<Integer> steps = new ArrayList<>();
    double lastMeanLoss;

    @Override
    public void onStep(int images, double meanLoss) {
      steps.add(images);
      lastMeanLoss = meanLoss;
    }

    @Override
    public void onEpoch(Trainer.EpochReport report) {
      epochs.add(report);
    }
  }

  @Test
  void aShortTrainingLearns() {
    Stripes data = new Stripes(700, 10, 1);
    Network network = simple(10);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Evaluation before = Evaluation.of(network, data.slice(600, 700), team);
      Log log = new Log();
      trainer(network, team, 10, 0.05f).fit(4, data.slice(0, 500), data.slice(500, 600), log);
      Evaluation after = Evaluation.of(network, data.slice(600, 700), team);
      assertTrue(before.accuracy() < 0.6, "too easy: " + before.accuracy());
      assertTrue(after.accuracy() > 0.95, "accuracy " + after.accuracy());
      assertTrue(after.loss() < before.loss());
      assertEquals(100, after.count());
      assertEquals(4, log.epochs.size());
      assertTrue(log.epochs.get(3).trainLoss() < 0.5 * log.epochs.get(0).trainLoss());
      assertTrue(log.epochs.get(3).validation().accuracy() > 0.95);
      assertEquals(100, log.epochs.get(3).validation().count());
      for (int i = 0; i < 4; i++) {
        Trainer.EpochReport report = log.epochs.get(i);
        assertEquals(i + 1, report.epoch());
        assertEquals(500, report.images());
        assertTrue(report.seconds() >= report.trainSeconds() && report.trainSeconds() > 0);
        assertEquals(500 / report.trainSeconds(), report.imagesPerSecond());
      }
    }
  }

  @Test
  void everyImageOncePerEpochInAnOrderFixedByTheSeed() {
    Stripes data = new Stripes(23, 8, 4).recording();
    Stripes none = new Stripes(0, 8, 4);
    WorkerTeam team = WorkerTeam.single();
    Log log = new Log();
    trainer(simple(8), team, 5, 0.05f).fit(2, data, none, log);
    assertEquals(List.of(5, 10, 15, 20, 23, 5, 10, 15, 20, 23), log.steps);
    assertEquals(log.epochs.get(1).trainLoss(), log.lastMeanLoss);
    assertEquals(null, log.epochs.get(0).validation());
    List<Integer> both = List.copyOf(data.copied);
    List<Integer> first = both.subList(0, 23);
    List<Integer> second = both.subList(23, 46);
    assertEquals(23, new HashSet<>(first).size());
    assertEquals(23, new HashSet<>(second).size());
    assertNotEquals(first, second);

    // The same seed gives the same order: for another batch size, network and learning rate too.
    data.copied.clear();
    Trainer again = trainer(complex(8), team, 4, 0.01f);
    again.fit(1, data, none, new Log());
    again.fit(1, data, none, log);
    assertEquals(both, data.copied);
    assertEquals(2, log.epochs.get(2).epoch(), "epochs are counted on");

    data.copied.clear();
    Network network = simple(8);
    Sgd sgd = new Sgd(network.parameters().values(), 0.05f, team);
    new Trainer(network, sgd, team, 5, 8).fit(1, data, none, new Log());
    assertNotEquals(first, data.copied, "another seed");
  }

  /** Two images in a batch of ten: one step along the mean gradient of two. */
  @Test
  void theLastPartialBatchIsTrainedOnByItself() {
    Stripes data = new Stripes(2, 8, 5);
    Stripes none = new Stripes(0, 8, 5);
    WorkerTeam team = WorkerTeam.single();
    Network large = simple(8);
    Network exact = simple(8);
    trainer(large, team, 10, 0.05f).fit(3, data, none, new Log());
    trainer(exact, team, 2, 0.05f).fit(3, data, none, new Log());
    for (String name : exact.parameters().keySet()) {
      Tensor a = exact.parameters().get(name).value();
      Tensor b = large.parameters().get(name).value();
      for (int i = 0; i < a.size(); i++) {
        assertEquals(a.data[i], b.data[i], 0f, name);
      }
    }
  }

  @Test
  void anImpossibleBatchSizeIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> trainer(simple(8), WorkerTeam.single(), 0, 0.1f));
  }

  @Test
  void impossibleTrainingsAreRefused() {
    Trainer trainer = trainer(simple(8), WorkerTeam.single(), 4, 0.1f);
    Stripes some = new Stripes(4, 8, 1);
    Stripes none = new Stripes(0, 8, 1);
    String negative =
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(-1, some, none, new Log()))
            .getMessage();
    assertEquals("epochs must be at least 0, but is -1", negative);
    String empty =
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(1, none, some, new Log()))
            .getMessage();
    assertEquals("there are 0 images to train on, expected at least 1", empty);
    trainer.fit(0, some, none, new Log());
    assertEquals(0, trainer.epochs());
  }

  /** Not silently, and not by an array index deep inside. */
  @Test
  void imagesOfAnotherShapeAreRefused() {
    Trainer trainer = trainer(simple(8), WorkerTeam.single(), 4, 0.1f);
    Stripes fits = new Stripes(4, 8, 1);
    Stripes tooSmall = new Stripes(4, 6, 1);
    for (Runnable call :
        List.<Runnable>of(
            () -> trainer.fit(1, tooSmall, fits, new Log()),
            () -> trainer.fit(1, fits, tooSmall, new Log()),
            () -> Evaluation.of(simple(8), tooSmall, WorkerTeam.single()))) {
      String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
      assertTrue(message.contains("[8, 8, 1]") && message.contains("[6, 6, 1]"), message);
    }
  }

  @Test
  void moreClassesThanOutputsAreRefused() {
    Network two = Models.simple(new dev.lanewise.layers.Shape(8, 8, 1), 2);
    Stripes four = new Stripes(4, 8, 1);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Evaluation.of(two, four, WorkerTeam.single()))
            .getMessage();
    assertTrue(message.contains("2 outputs") && message.contains("4 classes"), message);
    Trainer trainer = trainer(two, WorkerTeam.single(), 4, 0.1f);
    assertThrows(IllegalArgumentException.class, () -> trainer.fit(1, four, four, new Log()));
  }
}
