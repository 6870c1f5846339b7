// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Subset;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import dev.lanewise.layers.train.UpdateRatios;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a report tells of the way of a training: its loss and its learning rate as they go, and the
 * figures of each epoch. The accuracy on training images is that of a sample, after the epoch. The
 * training is not changed by that.
 */
public final class History implements TrainingListener {
  /** Of the whole training. */
  private static final int POINTS = 600;

  private static final int MOST_POINTS_OF_EPOCH = 100;
  private static final int UPDATES_OF_EPOCH = 10;

  /** How many training images are looked at after an epoch: one in so many, within limits. */
  private static final int SAMPLE_SHARE = 50;

  private static final int LEAST_SAMPLE = 200;
  private static final int MOST_SAMPLE = 1000;

  /**
   * The loss of some steps, and the learning rate of the last of them.
   *
   * @param epoch how many epochs have ended, with the part of the present one
   */
  record Point(double epoch, double loss, double rate) {}

  /**
   * The figures of an epoch; NaN for what is not known.
   *
   * @param ratios the mean update of each parameter; empty if not known
   */
  record Epoch(
      int number,
      double trainLoss,
      double trainAccuracy,
      double validationLoss,
      double validationAccuracy,
      double rate,
      double imagesPerSecond,
      double seconds,
      Map<String, Double> ratios) {}

  private final Network network;
  private final Trainer trainer;
  private final WorkerTeam team;
  private final Dataset sample;
  private final int images;
  private final int window;
  private final UpdateRatios updates;
  private final List<Point> points = new ArrayList<>();
  private final List<Epoch> epochs = new ArrayList<>();
  private int resumed;
  private int lastImages;
  private double lastSum;

  /**
   * Begins.
   *
   * @param network what is trained
   * @param trainer what trains it
   * @param train the images it is trained on
   * @param batchSize how many of them a step has
   * @param length how many epochs there will be
   * @param team the threads for the accuracy on training images
   */
  public History(
      Network network, Trainer trainer, Dataset train, int batchSize, int length, WorkerTeam team) {
    this.network = network;
    this.trainer = trainer;
    this.team = team;
    images = train.size();
    sample = sample(train);
    int pointsOfEpoch = Math.clamp(POINTS / length, 1, MOST_POINTS_OF_EPOCH);
    window = Math.max(1, images / pointsOfEpoch);
    updates = new UpdateRatios(network, Math.max(1, images / batchSize / UPDATES_OF_EPOCH));
  }

  /**
   * Goes on where the trainer has been resumed.
   *
   * @param earlier the lines of the metrics so far
   */
  public void resume(String earlier) {
    earlier.lines().forEach(this::read);
    resumed = trainer.epochs();
    lastImages = trainer.images();
    lastSum = lastImages > 0 ? Double.NaN : 0;
  }

  /** Images from everywhere: files may be sorted. */
  private static Dataset sample(Dataset train) {
    int count =
        Math.min(train.size(), Math.clamp(train.size() / SAMPLE_SHARE, LEAST_SAMPLE, MOST_SAMPLE));
    int[] chosen = new int[count];
    for (int i = 0; i < count; i++) {
      chosen[i] = (int) ((long) i * train.size() / count);
    }
    return new Subset(train, chosen);
  }

  private void read(String line) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(line);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e); // they are checked when a training goes on
    }
    int number = json.path("epoch").asInt();
    double loss = json.path("trainLoss").asDouble(Double.NaN);
    double rate = json.path("learningRate").asDouble(Double.NaN);
    points.add(new Point(number, loss, rate));
    epochs.add(
        new Epoch(
            number,
            loss,
            Double.NaN,
            json.path("validationLoss").asDouble(Double.NaN),
            json.path("validationAccuracy").asDouble(Double.NaN),
            rate,
            json.path("imagesPerSecond").asDouble(Double.NaN),
            json.path("seconds").asDouble(Double.NaN),
            Map.of()));
  }

  @Override
  public void onStep(int images, double meanLoss) {
    updates.onStep(images, meanLoss);
    if (images - lastImages < window && images < this.images) {
      return;
    }
    double sum = meanLoss * images;
    if (!Double.isNaN(lastSum) && images > lastImages) { // NaN: it goes on within an epoch
      double loss = (sum - lastSum) / (images - lastImages);
      double epoch = trainer.epochs() + (double) images / this.images;
      points.add(new Point(epoch, loss, trainer.learningRate()));
    }
    lastImages = images;
    lastSum = sum;
  }

  @Override
  public void onEpoch(EpochReport report) {
    lastImages = 0;
    lastSum = 0;
    Evaluation validation = report.validation();
    epochs.add(
        new Epoch(
            report.epoch(),
            report.trainLoss(),
            Evaluation.of(network, sample, team).accuracy(),
            validation == null ? Double.NaN : validation.loss(),
            validation == null ? Double.NaN : validation.accuracy(),
            trainer.learningRate(),
            report.imagesPerSecond(),
            report.seconds(),
            updates.take()));
  }

  List<Point> points() {
    return points;
  }

  List<Epoch> epochs() {
    return epochs;
  }

  /** How many images the accuracy on training images is of. */
  int sampled() {
    return sample.size();
  }

  /** After how many epochs the training went on; of those before, less is known. */
  int resumed() {
    return resumed;
  }
}
