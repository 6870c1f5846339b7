// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Subset;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.train.DivergedException;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/**
 * A training that a visitor watches, in a thread of its own. It can stand still between two steps,
 * and says after each epoch which weights it has. Thread-safe.
 */
final class LiveTraining {
  private static final int VALIDATION = 2_000;

  /** Points of the curve for each epoch, and how often the page is told of some at most. */
  private static final int POINTS = 60;

  private static final long POINT_NANOS = 10_000_000;

  /** Ends a training from within its listener. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stopped() {
      super(null, null, false, false);
    }
  }

  private final TrainingPlan plan;
  private final Sources sources;
  private final Semaphore permits;
  private final EventLog log = new EventLog();
  private Network trained; // after the last epoch; null before the first
  private boolean paused;
  private boolean stopped;
  private boolean ended;

  /**
   * @param permits one is held while it trains
   */
  LiveTraining(TrainingPlan plan, Sources sources, Semaphore permits) {
    this.plan = plan;
    this.sources = sources;
    this.permits = permits;
  }

  /**
   * Begins.
   *
   * @throws Refusal if too many trainings are running
   */
  void start() throws Refusal {
    if (!permits.tryAcquire()) {
      throw new Refusal(503, "other visitors are training: try again when one of them has ended");
    }
    Thread.ofPlatform().daemon().name("training of a visitor").start(this::run);
  }

  EventLog log() {
    return log;
  }

  synchronized void pause(boolean pause) {
    if (!ended && paused != pause) {
      paused = pause;
      notifyAll();
      state(pause ? "paused" : "running", null);
    }
  }

  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  /** The network after the last epoch that has ended, as a start; {@code null} before the first. */
  synchronized Sources.Start result() {
    return trained == null
        ? null
        : new Sources.Start(plan.model(), "trained on this page", trained);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private void state(String state, String message) {
    log.add("state", object().put("state", state).put("message", message).toString());
  }

  private void run() {
    String state = "failed";
    String message = null;
    try (WorkerTeam team = new WorkerTeam(plan.threads())) {
      state("loading", "Loading images");
      Sources.Images images = sources.images(line -> state("loading", line));
      train(images, team);
      state = "done";
    } catch (Stopped e) {
      state = "stopped";
    } catch (DivergedException | IllegalArgumentException e) {
      message = e.getMessage();
    } catch (IOException e) {
      message = e.getMessage() == null ? "the images cannot be read" : e.getMessage();
    } catch (OutOfMemoryError e) {
      message = "there is not enough memory for this network";
    } catch (RuntimeException | Error e) {
      message = e.toString();
      throw e;
    } finally {
      permits.release();
      synchronized (this) {
        ended = true;
      }
      state(state, message);
      log.close();
    }
  }

  private void train(Sources.Images images, WorkerTeam team) {
    Dataset train = first(images.train(), plan.images());
    Dataset validation = first(images.test(), VALIDATION);
    Network network = sources.build(plan.model(), train.shape(), train.classes());
    TrainingPlan.requireTrainable(network);
    network.initialize(plan.seed());
    Trainer trainer =
        Trainer.of(network)
            .optimizer(plan.newOptimizer())
            .learningRate(plan.rate())
            .batchSize(Math.min(plan.batch(), train.size()))
            .seed(plan.seed())
            .team(team)
            .validation(validation)
            .build();
    ObjectNode begin = object();
    begin.put("data", images.description()).put("images", train.size());
    begin.put("validation", validation.size()).put("epochs", plan.epochs());
    log.add("begin", begin.put("threads", plan.threads()).toString());
    epoch(network, 0, null);
    state("running", null);
    trainer.fit(plan.epochs(), train, new Watcher(network, train.size()));
  }

  private static Dataset first(Dataset images, int count) {
    int n = Math.min(count, images.size());
    return n == images.size() ? images : new Subset(images, IntStream.range(0, n).toArray());
  }

  private void epoch(Network network, int epoch, EpochReport report) {
    ObjectNode json = object().put("epoch", epoch).put("hash", WeightsHash.of(network.state()));
    if (report != null) {
      json.put("trainLoss", report.trainLoss());
      json.put("validationLoss", report.validation().loss());
      json.put("accuracy", report.validation().accuracy());
      json.put("imagesPerSecond", report.imagesPerSecond());
    }
    log.add("epoch", json.toString());
  }

  /** Tells of steps and epochs, and is where a training stands still. */
  private final class Watcher implements TrainingListener {
    private final Network network;
    private final int images;
    private int epoch;
    private int toldImages;
    private double toldSum;
    private long told;

    Watcher(Network network, int images) {
      this.network = network;
      this.images = images;
    }

    @Override
    public void onStep(int done, double meanLoss) {
      waitWhilePaused();
      long now = System.nanoTime();
      boolean due = now - told >= POINT_NANOS && done - toldImages >= images / POINTS;
      if (due || done == images) {
        double sum = meanLoss * done;
        double loss = (sum - toldSum) / (done - toldImages);
        ObjectNode json = object().put("epoch", epoch + (double) done / images).put("loss", loss);
        log.add("step", json.toString());
        toldImages = done;
        toldSum = sum;
        told = now;
      }
    }

    @Override
    public void onEpoch(EpochReport report) {
      epoch = report.epoch();
      toldImages = 0;
      toldSum = 0;
      synchronized (LiveTraining.this) {
        trained = network.copy();
      }
      LiveTraining.this.epoch(network, epoch, report);
      waitWhilePaused();
    }

    private void waitWhilePaused() {
      synchronized (LiveTraining.this) {
        while (paused && !stopped) {
          try {
            LiveTraining.this.wait();
          } catch (InterruptedException e) {
            throw new AssertionError(e); // nobody does
          }
        }
        if (stopped) {
          throw new Stopped();
        }
      }
    }
  }
}
