// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Schedule;
import dev.lanewise.layers.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TrainerTest {
  static Trainer trainer(Network network, WorkerTeam team, int batch, float rate) {
    return builder(network, team, batch, rate).build();
  }

  static TrainerBuilder builder(Network network, WorkerTeam team, int batch, float rate) {
    return Trainer.of(network)
        .optimizer(new Sgd())
        .learningRate(rate)
        .batchSize(batch)
        .seed(7)
        .team(team);
  }

  static Network simple(int side) {
    Network network = Models.simple(new Shape(side, side, 1), 4);
    network.initialize(1);
    return network;
  }

  static Network complex(int side) {
    Network network = Models.complex(new Shape(side, side, 1), 4);
    network.initialize(1);
    return network;
  }

  @Test
  void twoListenersHearOneAfterTheOther() {
    List<String> heard = new ArrayList<>();
    TrainingListener first = hearing("first", heard);
    TrainingListener both = first.then(hearing("second", heard));
    both.onStep(20, 0.5);
    both.onEpoch(new EpochReport(3, 0.5, null, 20, 1, 1));
    assertEquals(
        List.of("first 20 0.5", "second 20 0.5", "first epoch 3", "second epoch 3"), heard);
  }

  private static TrainingListener hearing(String name, List<String> heard) {
    return new TrainingListener() {
      @Override
      public void onStep(int images, double meanLoss) {
        heard.add(name + " " + images + " " + meanLoss);
      }

      @Override
      public void onEpoch(EpochReport report) {
        heard.add(name + " epoch " + report.epoch());
      }
    };
  }

  /** Keeps what a training reports. */
  private static final class Log implements TrainingListener {
    final List<EpochReport> epochs = new ArrayList<>();
    final List<Integer> steps = new ArrayList<>();
    double lastMeanLoss;

    @Override
    public void onStep(int images, double meanLoss) {
      steps.add(images);
      lastMeanLoss = meanLoss;
    }

    @Override
    public void onEpoch(EpochReport report) {
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
      builder(network, team, 10, 0.05f)
          .validation(data.slice(500, 600))
          .build()
          .fit(4, data.slice(0, 500), log);
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
        EpochReport report = log.epochs.get(i);
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
    WorkerTeam team = WorkerTeam.single();
    Log log = new Log();
    trainer(simple(8), team, 5, 0.05f).fit(2, data, log);
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
    again.fit(1, data, new Log());
    again.fit(1, data, log);
    assertEquals(both, data.copied);
    assertEquals(2, log.epochs.get(2).epoch(), "epochs are counted on");

    data.copied.clear();
    builder(simple(8), team, 5, 0.05f).seed(8).build().fit(1, data, new Log());
    assertNotEquals(first, data.copied, "another seed");
  }

  /** Two images in a batch of ten: one step along the mean gradient of two. */
  @Test
  void theLastPartialBatchIsTrainedOnByItself() {
    Stripes data = new Stripes(2, 8, 5);
    WorkerTeam team = WorkerTeam.single();
    Network large = simple(8);
    Network exact = simple(8);
    trainer(large, team, 10, 0.05f).fit(3, data, new Log());
    trainer(exact, team, 2, 0.05f).fit(3, data, new Log());
    for (String name : exact.parameters().keySet()) {
      Tensor a = exact.parameters().get(name).value();
      Tensor b = large.parameters().get(name).value();
      for (int i = 0; i < a.size(); i++) {
        assertEquals(a.data[i], b.data[i], 0f, name);
      }
    }
  }

  /** Empty images to validate with are none. */
  @Test
  void withoutImagesToValidateWithThereIsNoValidation() {
    Stripes data = new Stripes(4, 8, 1);
    Log log = new Log();
    builder(simple(8), WorkerTeam.single(), 4, 0.1f)
        .validation(new Stripes(0, 8, 1))
        .build()
        .fit(1, data, log);
    assertEquals(null, log.epochs.get(0).validation());
  }

  @Test
  void whatHasNoDefaultMustBeChosen() {
    String optimizer =
        assertThrows(IllegalStateException.class, () -> Trainer.of(simple(8)).build()).getMessage();
    assertEquals("no optimizer has been chosen, and there is no default", optimizer);
    TrainerBuilder builder = Trainer.of(simple(8)).optimizer(new Sgd());
    String schedule = assertThrows(IllegalStateException.class, builder::build).getMessage();
    assertEquals("no schedule has been chosen, and there is no default", schedule);
    builder.learningRate(0.1f);
    String batchSize = assertThrows(IllegalStateException.class, builder::build).getMessage();
    assertEquals("no batch size has been chosen, and there is no default", batchSize);
    builder.batchSize(2).build();
  }

  @Test
  void aNetworkThatWasForgottenToBeInitializedIsRefused() {
    Network zeros = Models.complex(Shape.of(8, 8, 1), 4);
    Trainer trainer = trainer(zeros, WorkerTeam.single(), 4, 0.1f);
    Stripes some = new Stripes(8, 8, 1);
    String message =
        assertThrows(IllegalStateException.class, () -> trainer.fit(1, some)).getMessage();
    assertEquals(
        "all parameters are zero: network.initialize(seed) draws them, ModelFile.load reads them",
        message);
    zeros.parameters().get("13.bias").value().data[3] = 1e-9f;
    trainer.fit(1, some);

    // Of a single layer every weight has a gradient.
    Network single = new Network(Shape.of(8, 8, 1), new Flatten(), new Dense(4));
    trainer(single, WorkerTeam.single(), 4, 0.1f).fit(1, some);
    assertTrue(single.parameters().get("1.weight").value().data[1] != 0);
  }

  /** Steps are counted over all epochs, and on from where a training is resumed. */
  @Test
  void everyStepHasItsLearningRate() throws IOException {
    Stripes data = new Stripes(23, 8, 4);
    List<Long> steps = new ArrayList<>();
    Schedule recording =
        step -> {
          steps.add(step);
          return step == 2 ? 0f : 0.1f;
        };
    Network network = simple(8);
    Trainer trainer = builder(network, WorkerTeam.single(), 5, 0.1f).schedule(recording).build();
    float[][] before = new float[1][];
    TrainingListener watching =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            float[] now = network.parameters().get("4.weight").value().data.clone();
            if (before[0] != null) {
              assertEquals(steps.getLast() == 2, Arrays.equals(before[0], now), "" + steps);
            }
            before[0] = now;
            if (steps.size() == 7) {
              throw new IllegalStateException("stopped");
            }
          }
        };
    assertThrows(IllegalStateException.class, () -> trainer.fit(2, data, watching));
    Trainer resumed = builder(simple(8), WorkerTeam.single(), 5, 0.1f).schedule(recording).build();
    resumed.restore(new CheckpointFolder.Entry(Path.of("saved"), trainer.checkpoint(Map.of())));
    resumed.fit(1, data);
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), steps);
  }

  /** Another thread gets in between two steps, and no step is made until it has done its work. */
  @Test
  void aTrainingCanBePaused() throws InterruptedException {
    Stripes data = new Stripes(20, 8, 4);
    AtomicInteger steps = new AtomicInteger();
    AtomicBoolean moved = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean paused = new AtomicBoolean();
    Trainer trainer = trainer(simple(8), WorkerTeam.single(), 1, 0.01f);
    Thread other =
        new Thread(
            () ->
                trainer.pauseWhile(
                    () -> {
                      begun.countDown();
                      int seen = steps.get();
                      for (int i = 0; i < 100; i++) {
                        Thread.onSpinWait();
                        moved.compareAndSet(false, steps.get() != seen);
                      }
                      paused.set(true);
                    }));
    TrainingListener counting =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (steps.incrementAndGet() == 3) {
              other.start();
            }
          }
        };
    while (!paused.get()) {
      trainer.fit(1, data, counting);
    }
    other.join();
    assertEquals(0, begun.getCount());
    assertFalse(moved.get());
    String failed =
        assertThrows(
                IOException.class,
                () ->
                    trainer.pauseWhile(
                        () -> {
                          throw new IOException("full");
                        }))
            .getMessage();
    assertEquals("full", failed);
    trainer.fit(1, data); // goes on
  }

  /** What is drawn for an image depends on the seed, the epoch and the image alone. */
  @Test
  void transformsAreTheSameForAnyNumberOfThreads() {
    Stripes data = new Stripes(23, 8, 4);
    Transform noise =
        (image, offset, context) -> {
          for (int i = 0; i < context.shape().size(); i++) {
            image[offset + i] += (float) (0.5 * context.random().nextDouble());
          }
        };
    List<List<Object>> figures = new ArrayList<>();
    for (int threads : new int[] {1, 2, 7}) {
      Log log = new Log();
      try (WorkerTeam team = new WorkerTeam(threads)) {
        builder(simple(8), team, 5, 0.05f)
            .transform(noise)
            .validation(data, new Normalize(0.5f, 2f))
            .build()
            .fit(2, data, log);
      }
      List<Object> each = new ArrayList<>();
      log.epochs.forEach(e -> each.addAll(List.of(e.trainLoss(), e.validation().loss())));
      figures.add(each);
    }
    assertEquals(figures.get(0), figures.get(1));
    assertEquals(figures.get(0), figures.get(2));
    Log plain = new Log();
    builder(simple(8), WorkerTeam.single(), 5, 0.05f).build().fit(2, data, plain);
    assertNotEquals(plain.epochs.get(0).trainLoss(), figures.get(0).get(0));
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
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(-1, some)).getMessage();
    assertEquals("epochs must be at least 0, but is -1", negative);
    String empty =
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(1, none)).getMessage();
    assertEquals("there are 0 images to train on, expected at least 1", empty);
    trainer.fit(0, some);
    assertEquals(0, trainer.epochs());
  }

  /** Not silently, and not by an array index deep inside. */
  @Test
  void imagesOfAnotherShapeAreRefused() {
    Trainer trainer = trainer(simple(8), WorkerTeam.single(), 4, 0.1f);
    Stripes tooSmall = new Stripes(4, 6, 1);
    for (Runnable call :
        List.<Runnable>of(
            () -> trainer.fit(1, tooSmall),
            () -> builder(simple(8), WorkerTeam.single(), 4, 0.1f).validation(tooSmall).build(),
            () -> Evaluation.of(simple(8), tooSmall, WorkerTeam.single()))) {
      String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
      assertTrue(message.contains("[8, 8, 1]") && message.contains("[6, 6, 1]"), message);
    }
  }

  @Test
  void moreClassesThanOutputsAreRefused() {
    Network two = Models.simple(new Shape(8, 8, 1), 2);
    Stripes four = new Stripes(4, 8, 1);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Evaluation.of(two, four, WorkerTeam.single()))
            .getMessage();
    assertTrue(message.contains("2 outputs") && message.contains("4 classes"), message);
    Trainer trainer = trainer(two, WorkerTeam.single(), 4, 0.1f);
    assertThrows(IllegalArgumentException.class, () -> trainer.fit(1, four));
  }
}
