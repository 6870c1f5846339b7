// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.train.Checkpointer;
import dev.lanewise.layers.train.DivergedException;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;

/**
 * The folder that a training saves to, if any, and the checkpoint that it goes on from, if any. A
 * checkpoint of the application keeps, besides the state of the training: the options, what the
 * images were, the lines of the metrics so far, and the time that it took.
 */
final class Checkpoints implements AutoCloseable {
  private static final String METRICS = "metrics";
  private static final String IMAGES = "images";
  private static final String SECONDS = "seconds";

  private final CheckpointOptions wanted;
  private final CheckpointFolder folder;
  private final CheckpointFolder.Entry from;
  private Checkpointer checkpointer;
  private long start = System.nanoTime();
  private double earlierSeconds;
  private StopSignals signals; // null: nobody listens, or to the end

  /**
   * Takes over a folder.
   *
   * @param wanted what the user wants
   * @param folder where to save; {@code null}: nothing is saved
   * @param from the checkpoint to go on from; {@code null}: the training begins
   */
  Checkpoints(CheckpointOptions wanted, CheckpointFolder folder, CheckpointFolder.Entry from) {
    this.wanted = wanted;
    this.folder = folder;
    this.from = from;
  }

  /** The checkpoint to go on from; {@code null} if the training begins. */
  CheckpointFolder.Entry from() {
    return from;
  }

  /** The lines of the metrics so far. */
  String metrics() {
    return from == null ? "" : from.content().metadata().getOrDefault(METRICS, "");
  }

  /** How long the training has run, without the time between its runs. */
  double seconds() {
    return earlierSeconds + (System.nanoTime() - start) * 1e-9;
  }

  /**
   * Resumes the training, or saves a first checkpoint, which shows whether that works. The time
   * begins to count.
   *
   * @param trainer what is to be trained
   * @param options what checkpoints are to keep of the command
   * @param images all that is trained on or validated with
   * @param metrics the lines to be kept
   * @param progress receives all reports
   * @return the listener for the training
   * @throws IOException if the folder cannot be written to, or the checkpoint was saved by another
   *     training
   */
  TrainingListener begin(
      Trainer trainer,
      Map<String, String> options,
      Dataset images,
      Metrics metrics,
      TrainingListener progress)
      throws IOException {
    start = System.nanoTime();
    if (folder == null) {
      return progress;
    }
    Map<String, String> notes = new LinkedHashMap<>(options);
    notes.put(IMAGES, Fingerprint.of(images));
    checkpointer =
        new Checkpointer(
            trainer,
            folder,
            wanted.every(),
            () -> {
              notes.put(METRICS, metrics.lines());
              notes.put(SECONDS, Double.toString(seconds()));
              return notes;
            },
            progress);
    if (from == null) {
      checkpointer.save();
    } else {
      restore(notes.get(IMAGES));
      Metrics.requireLines(from.file(), metrics(), trainer.epochs());
    }
    return checkpointer;
  }

  private void restore(String images) throws DataException {
    Map<String, String> metadata = from.content().metadata();
    if (!images.equals(metadata.get(IMAGES))) {
      throw new DataException(
          from.file(),
          "was saved by a run on different images: on " + metadata.get(IMAGES) + ", not " + images);
    }
    String seconds = metadata.getOrDefault(SECONDS, "");
    try {
      earlierSeconds = Double.parseDouble(seconds);
    } catch (NumberFormatException e) {
      earlierSeconds = Double.NaN;
    }
    if (!(earlierSeconds >= 0 && earlierSeconds < Double.POSITIVE_INFINITY)) {
      throw new DataException(
          from.file(), "has " + SECONDS + " '" + seconds + "', expected a time");
    }
    checkpointer.restore(from);
  }

  /**
   * Trains. If a signal stops the training, a last checkpoint is saved before the program ends, or
   * what is to be saved without checkpoints, until all this is closed; if the training diverges,
   * the message names the earlier checkpoints. Once it has failed, the program is about to say so
   * and end: signals stay answered, since one that came now would hide the failure.
   *
   * @param trainer what is trained
   * @param training the call that trains it
   * @param progress what is shown
   * @param common tells the user
   * @param otherwise saves what there is to save without checkpoints
   */
  void protect(
      Trainer trainer,
      Runnable training,
      Progress progress,
      CommonOptions common,
      Rescue otherwise) {
    Rescue rescue = folder == null ? otherwise : this::saveLast;
    AtomicBoolean failed = new AtomicBoolean();
    IntPredicate stop =
        code -> {
          trainer.pauseWhile(
              () -> {
                if (!failed.get()) {
                  progress.close();
                  // Does not return, so no further step is made.
                  Runtime.getRuntime().exit(stop(trainer, rescue, code, common));
                }
              });
          return false;
        };
    StopSignals listening = new StopSignals(stop);
    try {
      training.run();
    } catch (RuntimeException e) {
      trainer.pauseWhile(() -> failed.set(true));
      if (e instanceof DivergedException) {
        throw diverged(e.getMessage());
      }
      throw e;
    }
    signals = listening;
  }

  /** Says that the training has diverged, and where its checkpoints are, if there are any. */
  DivergedException diverged(String message) {
    return new DivergedException(
        folder == null
            ? message
            : message + "; the checkpoints from before it are in " + wanted.folder());
  }

  private static int stop(Trainer trainer, Rescue rescue, int code, CommonOptions common) {
    String saved;
    try {
      saved = rescue.save();
    } catch (IOException | DivergedException e) {
      return common.failed(e);
    }
    common.tell("stopped " + Reports.after(trainer) + "; " + saved);
    return code;
  }

  private String saveLast() throws IOException {
    checkpointer.save();
    return "to go on: train --resume " + Messages.quoted(wanted.folder().toString());
  }

  @Override
  public void close() throws IOException {
    if (signals != null) {
      signals.close();
    }
    if (folder != null) {
      folder.close();
    }
  }
}
