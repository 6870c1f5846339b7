package dev.lanewise.mnist;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.TrainingListener;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how a training goes: a line per epoch and, on a terminal, a live bar below them. Writes the
 * metrics too.
 */
final class Progress implements TrainingListener, AutoCloseable {
  private static final long REFRESH_NANOS = 100_000_000;

  private final int epochs;
  private final long imagesPerEpoch;
  private final Metrics metrics;
  private final Consumer<String> lines;
  private final ProgressBar bar;
  private long imagesBefore;
  private int imagesSkipped;
  private long epochStart = System.nanoTime();
  private long shown = System.nanoTime() - REFRESH_NANOS;

  /**
   * Starts to show.
   *
   * @param plain prints a line where there is no terminal
   * @param terminal a stream to a terminal; or {@code null}
   * @param epochs how many there will be
   * @param imagesPerEpoch how many images each trains on
   * @param metrics where to note the figures; or {@code null}
   */
  Progress(
      Consumer<String> plain,
      PrintStream terminal,
      int epochs,
      int imagesPerEpoch,
      Metrics metrics) {
    this.epochs = epochs;
    this.imagesPerEpoch = imagesPerEpoch;
    this.metrics = metrics;
    if (terminal == null) {
      bar = null;
      lines = plain;
    } else {
      BottomLine bottom = new BottomLine(terminal);
      bar = newBar(bottom, epochs * (long) imagesPerEpoch);
      lines = bottom::printAbove;
    }
  }

  /**
   * Continues the display of a training that was interrupted.
   *
   * @param epochsDone how many epochs have ended
   * @param imagesDone how many images of the next one have been trained on
   */
  void resume(int epochsDone, int imagesDone) {
    imagesBefore = epochsDone * imagesPerEpoch;
    imagesSkipped = imagesDone;
    if (bar != null) {
      bar.stepTo(imagesBefore + imagesDone);
    }
  }

  /**
   * The user's terminal.
   *
   * @return standard output, if a bar can be drawn there; {@code null} if not
   */
  static PrintStream terminal() {
    Console console = System.console();
    boolean able = console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    return able ? System.out : null;
  }

  private static ProgressBar newBar(BottomLine bottom, long images) {
    return new ProgressBarBuilder()
        .setTaskName("") // room for the figures in 80 columns
        .setInitialMax(images)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setConsumer(bottom)
        .clearDisplayOnFinish()
        .build();
  }

  @Override
  public void onStep(int images, double meanLoss) {
    if (bar == null) {
      return;
    }
    bar.stepTo(imagesBefore + images);
    long now = System.nanoTime();
    if (now - shown >= REFRESH_NANOS) {
      shown = now;
      double speed = (images - imagesSkipped) / ((now - epochStart) * 1e-9);
      bar.setExtraMessage(
          String.format(Locale.ROOT, " loss %.4f  %,.0f images/s", meanLoss, speed));
    }
  }

  @Override
  public void onEpoch(EpochReport report) {
    epochStart = System.nanoTime();
    imagesBefore += imagesPerEpoch;
    imagesSkipped = 0;
    if (bar != null) {
      bar.refresh();
    }
    lines.accept(line(report));
    if (metrics != null) {
      try {
        metrics.epoch(report);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private String line(EpochReport report) {
    Evaluation validation = report.validation();
    return String.format(
        Locale.ROOT,
        "epoch %" + Integer.toString(epochs).length() + "d/%d  loss %.4f%s  %,.0f images/s  %.1f s",
        report.epoch(),
        epochs,
        report.trainLoss(),
        validation == null
            ? ""
            : String.format(
                Locale.ROOT,
                "  validation loss %.4f, accuracy %.2f %%",
                validation.loss(),
                100 * validation.accuracy()),
        report.imagesPerSecond(),
        report.seconds());
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /** The last line of the terminal, where the bar is; other lines scroll up above it. */
  private static final class BottomLine extends ConsoleProgressBarConsumer {
    private final PrintStream out;
    private String last = "";

    BottomLine(PrintStream out) {
      super(out);
      this.out = out;
    }

    @Override
    public synchronized void accept(String line) {
      last = line;
      super.accept(line);
      out.flush();
    }

    synchronized void printAbove(String line) {
      String bar = last;
      clear(); // accepts blanks
      out.println(line);
      accept(bar);
    }

    /** Without the line feed of the superclass: the bar has been cleared. */
    @Override
    public void close() {
      out.flush();
    }
  }
}
