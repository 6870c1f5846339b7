// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes a training for TensorBoard: loss, learning rate and speed, what a validation gives,
 * histograms of the parameters and of their gradients after each epoch, some of the images, and the
 * network as a graph and as a table.
 *
 * <pre>{@code
 * try (TrainingBoard board = new TrainingBoard(Path.of("runs", "first"), network, trainer, train)) {
 *   trainer.fit(10, train, board);
 * }
 * }</pre>
 *
 * <p>A step of TensorBoard is an image trained on, counted over all epochs: so runs with other
 * batch sizes lie above each other, and a resumed training goes on where it was. It writes a file
 * of its own in the same folder, and what the one before it has of later steps no longer counts.
 *
 * <p>The training is not changed by that. A file that cannot be written ends it, with an {@link
 * UncheckedIOException}. Not thread-safe.
 */
public final class TrainingBoard implements TrainingListener, AutoCloseable {
  /** Of the loss and the learning rate, in an epoch. */
  private static final int POINTS = 100;

  private static final int IMAGES = 25;

  /** Of the images together. */
  private static final int MOST_PIXELS = 1 << 20;

  private static final int RGB = 3;

  private final Network network;
  private final Trainer trainer;
  private final Dataset train;
  private final SummaryWriter writer;
  private final int window;
  private boolean begun;
  private int lastImages;
  private double lastSum;

  /**
   * Begins a file.
   *
   * @param folder of this training alone; it is made if it is not there
   * @param network what is trained
   * @param trainer what trains it; may be restored afterwards
   * @param train the images it is trained on
   * @throws IOException if no file can be made there
   */
  public TrainingBoard(Path folder, Network network, Trainer trainer, Dataset train)
      throws IOException {
    this.network = network;
    this.trainer = trainer;
    this.train = train;
    window = Math.max(1, train.size() / POINTS);
    writer = new SummaryWriter(folder);
  }

  /**
   * What writes, for tags of your own.
   *
   * @return the writer, which is closed with this
   */
  public SummaryWriter writer() {
    return writer;
  }

  @Override
  public void onStep(int images, double meanLoss) {
    if (images - lastImages < window && images < train.size()) {
      return;
    }
    // Where an epoch goes on that was begun elsewhere, the first point is the mean of all of it.
    double sum = meanLoss * images;
    double loss = (sum - lastSum) / (images - lastImages);
    lastImages = images;
    lastSum = sum;
    long step = position(trainer.epochs(), images);
    try {
      begin(step);
      writer.scalar("loss/steps", step, loss);
      writer.scalar("training/learning_rate", step, trainer.learningRate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onEpoch(EpochReport report) {
    lastImages = 0;
    lastSum = 0;
    long step = position(report.epoch(), 0);
    try {
      begin(step);
      figures(step, report);
      for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
        writer.histogram("weights/" + entry.getKey(), step, entry.getValue().value());
        writer.histogram("gradients/" + entry.getKey(), step, entry.getValue().grad());
      }
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The images trained on. */
  private long position(int epochs, int images) {
    return (long) epochs * train.size() + images;
  }

  private void figures(long step, EpochReport report) throws IOException {
    writer.scalar("loss/train", step, report.trainLoss());
    writer.scalar("training/epoch", step, report.epoch());
    writer.scalar("training/images_per_second", step, report.imagesPerSecond());
    if (report.validation() != null) {
      evaluation("validation", step, report.validation());
    }
  }

  /**
   * Writes the figures of an evaluation, such as that of a test.
   *
   * @param name what it is of: the tags are {@code loss/name}, {@code accuracy/name}, and {@code
   *     metric/name} with a slash and the name of each metric
   * @param evaluation the figures; an accuracy that is NaN is left out
   * @throws IllegalArgumentException if the name is blank
   * @throws IOException if the file cannot be written
   */
  public void evaluation(String name, Evaluation evaluation) throws IOException {
    evaluation(name, position(trainer.epochs(), trainer.images()), evaluation);
  }

  private void evaluation(String name, long step, Evaluation evaluation) throws IOException {
    if (name.isBlank()) {
      throw new IllegalArgumentException("the name of an evaluation must not be blank");
    }
    writer.scalar("loss/" + name, step, evaluation.loss());
    if (!Double.isNaN(evaluation.accuracy())) {
      writer.scalar("accuracy/" + name, step, evaluation.accuracy());
    }
    for (Map.Entry<String, Double> metric : evaluation.metrics().entrySet()) {
      writer.scalar("metric/" + name + "/" + metric.getKey(), step, metric.getValue());
    }
  }

  /** Not before the first report: the trainer may have been restored since this was made. */
  private void begin(long step) throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    writer.restart(step);
    writer.graph(network);
    long first = Math.min(step, position(trainer.epochs(), 0));
    writer.text("network", first, "```\n" + network.summary() + "```");
    if (!train.shape().isFlat()) {
      writer.image("images/train", first, shown(train.shape()), images());
    }
  }

  /** Colours where there are some, else the first channel. */
  private static Shape shown(Shape shape) {
    return Shape.of(shape.height(), shape.width(), shape.channels() < RGB ? 1 : RGB);
  }

  /** Images from everywhere, since files may be sorted, before any transform. */
  private float[] images() {
    int pixelsOfImage = train.shape().height() * train.shape().width();
    int count = Math.clamp(MOST_PIXELS / pixelsOfImage, 1, Math.min(IMAGES, train.size()));
    int[] chosen = new int[count];
    for (int i = 0; i < count; i++) {
      chosen[i] = (int) ((long) i * train.size() / count);
    }
    float[] values = new float[count * train.shape().size()];
    train.copy(chosen, 0, count, values, 0, new int[count], 0);
    float least = 0;
    float most = 1;
    for (float value : values) {
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
    int channels = shown(train.shape()).channels();
    float[] pixels = new float[count * pixelsOfImage * channels];
    for (int i = 0; i < pixels.length; i++) {
      float value = values[i / channels * train.shape().channels() + i % channels];
      pixels[i] = (value - least) / (most - least);
    }
    return pixels;
  }

  /**
   * Closes the file.
   *
   * @throws IOException if that fails
   */
  @Override
  public void close() throws IOException {
    writer.close();
  }
}
