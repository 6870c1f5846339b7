// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Shows how a training goes: a line per epoch; on a terminal a live bar below them with curves
 * above it, elsewhere a note from time to time. Writes the metrics too.
 */
final class Progress implements TrainingListener, AutoCloseable {
  /** The nanoseconds between two lines where there is no bar. */
  static final long PACE = Pace.nanos(30);

  private static final long REFRESH_NANOS = 100_000_000;

  /** Knows the learning rate. */
  @FunctionalInterface
  interface Rate {
    /** That of the last step; NaN before the first. */
    float now();
  }

  private final Screen screen;
  private final int epochs;
  private final long imagesPerEpoch;
  private final int batchSize;
  private final Metrics metrics;
  private final BarLine figures = new BarLine();
  private final Curves curves = new Curves();
  private final ProgressBar bar; // null: no terminal
  private TimeLeft timeLeft;
  private long imagesBefore;
  private int imagesSkipped;
  private long epochStart = System.nanoTime();
  private long shown = System.nanoTime() - REFRESH_NANOS;
  private Form form = Form.LONG;
  private Rate rate = () -> Float.NaN;
  private Pace pace = new Pace(line -> {});
  private final Supplier<String> note = this::note;
  private int epoch = 1;
  private int images;
  private double meanLoss;
  private int lastImages;
  private double lastSum;

  /**
   * Starts to show.
   *
   * @param screen where
   * @param epochs how many there will be
   * @param imagesPerEpoch how many images each trains on
   * @param batchSize how many of them each step trains on
   * @param metrics where to note the figures; or {@code null}
   */
  Progress(Screen screen, int epochs, int imagesPerEpoch, int batchSize, Metrics metrics) {
    this.screen = screen;
    this.epochs = epochs;
    this.imagesPerEpoch = imagesPerEpoch;
    this.batchSize = batchSize;
    this.metrics = metrics;
    timeLeft = new TimeLeft(batchSize, System.nanoTime(), 0);
    screen.aboveBar(curves::line);
    bar =
        screen.bar() == null
            ? null
            : new ProgressBarBuilder()
                .setInitialMax(epochs * (long) imagesPerEpoch)
                .setRenderer(figures)
                .setUpdateIntervalMillis(200)
                .setConsumer(screen.bar())
                .clearDisplayOnFinish()
                .build();
  }

  /**
   * Shows and notes the learning rate, too.
   *
   * @return this
   */
  Progress rate(Rate rate) {
    this.rate = rate;
    return this;
  }

  /**
   * Says how far an epoch is, where there is no bar.
   *
   * @return this
   */
  Progress pace(Pace pace) {
    this.pace = pace;
    return this;
  }

  /**
   * Continues the display of a training that was interrupted.
   *
   * @param epochsDone how many epochs have ended
   * @param imagesDone how many images of the next one have been trained on
   */
  void resume(int epochsDone, int imagesDone) {
    epoch = epochsDone + 1;
    imagesBefore = epochsDone * imagesPerEpoch;
    imagesSkipped = imagesDone;
    lastImages = imagesDone;
    lastSum = imagesDone > 0 ? Double.NaN : 0;
    timeLeft = new TimeLeft(batchSize, System.nanoTime(), imagesBefore + imagesDone);
    if (bar != null) {
      bar.stepTo(imagesBefore + imagesDone);
    }
  }

  @Override
  public void onStep(int images, double meanLoss) {
    if (bar == null) {
      this.images = images;
      this.meanLoss = meanLoss;
      pace.tell(note);
      return;
    }
    bar.stepTo(imagesBefore + images);
    long now = System.nanoTime();
    if (now - shown >= REFRESH_NANOS) {
      shown = now;
      timeLeft.measure(now, imagesBefore + images);
      figures.show(meanLoss, speed(now, images), timeLeft.until(epochs * imagesPerEpoch));
      double sum = meanLoss * images;
      curves.steps((sum - lastSum) / (images - lastImages), rate.now());
      lastImages = images;
      lastSum = sum;
    }
  }

  private double speed(long now, int images) {
    return (images - imagesSkipped) / ((now - epochStart) * 1e-9);
  }

  private String note() {
    long now = System.nanoTime();
    timeLeft.measure(now, imagesBefore + images);
    StringBuilder line = new StringBuilder();
    add(line, "note: epoch %d/%d, %,d of %,d images", epoch, epochs, images, imagesPerEpoch);
    add(line, ", loss %.4f, %,.0f images/s", meanLoss, speed(now, images));
    timeLeft
        .until(epochs * imagesPerEpoch)
        .ifPresent(left -> add(line, ", %s left", BarLine.clock(left.toSeconds())));
    return line.toString();
  }

  @Override
  public void onEpoch(EpochReport report) {
    epochStart = System.nanoTime();
    pace.restart();
    epoch = report.epoch() + 1;
    imagesBefore += imagesPerEpoch;
    imagesSkipped = 0;
    lastImages = 0;
    lastSum = 0;
    if (report.validation() != null) {
      curves.accuracy(report.validation().accuracy());
    }
    if (bar != null) {
      bar.refresh();
    }
    screen.print("%s", line(report));
    if (metrics != null) {
      try {
        metrics.epoch(report, rate.now());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** How much the line of an epoch says; a terminal may be too narrow for everything. */
  private enum Form {
    LONG("  validation loss %.4f, accuracy %.2f %%", true, true),
    SHORT("  validation %.4f, %.2f %%", true, true),
    WITHOUT_SPEED("  validation %.4f, %.2f %%", false, true),
    WITHOUT_TIME("  validation %.4f, %.2f %%", false, false);

    final String validation;
    final boolean speed;
    final boolean time;

    Form(String validation, boolean speed, boolean time) {
      this.validation = validation;
      this.speed = speed;
      this.time = time;
    }
  }

  /** In the longest form that fits, but no longer than before, so that lines stay alike. */
  private String line(EpochReport report) {
    String line = line(report, form);
    while (line.length() > screen.columns() && form != Form.WITHOUT_TIME) {
      form = Form.values()[form.ordinal() + 1];
      line = line(report, form);
    }
    return line;
  }

  private String line(EpochReport report, Form form) {
    StringBuilder line = new StringBuilder();
    add(line, "epoch %" + Integer.toString(epochs).length() + "d/%d", report.epoch(), epochs);
    add(line, "  loss %.4f", report.trainLoss());
    Evaluation validation = report.validation();
    if (validation != null) {
      add(line, form.validation, validation.loss(), 100 * validation.accuracy());
    }
    if (form.speed) {
      add(line, "  %,.0f images/s", report.imagesPerSecond());
    }
    if (form.time) {
      add(line, "  %.1f s", report.seconds());
    }
    return line.toString();
  }

  private static void add(StringBuilder line, String format, Object... values) {
    line.append(String.format(Locale.ROOT, format, values));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      screen.clearBar();
    }
  }
}
