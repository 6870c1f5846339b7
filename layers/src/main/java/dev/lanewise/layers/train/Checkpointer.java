// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Saves checkpoints while a training runs: after each epoch, after every few steps if wanted, and
 * the best one by validation. To be given to {@link Trainer#fit} as its listener:
 *
 * <pre>{@code
 * try (CheckpointFolder folder = CheckpointFolder.open(path)) {
 *   Checkpointer checkpointer = new Checkpointer(trainer, folder, 1000, Map::of, listener);
 *   Optional<CheckpointFolder.Entry> newest = folder.newest(warning -> {});
 *   if (newest.isPresent()) {
 *     checkpointer.restore(newest.get());
 *   } else {
 *     checkpointer.save();
 *   }
 *   trainer.fit(epochs - trainer.epochs(), train, checkpointer);
 * }
 * }</pre>
 *
 * <p>If a checkpoint cannot be saved, {@code fit} throws an {@link UncheckedIOException}.
 *
 * <p>The best checkpoint is one to go on from, like the others. Where weights are averaged, the
 * averages that were validated are in it beside the live weights; {@link Trainer#best} is them
 * alone.
 */
public final class Checkpointer implements TrainingListener {
  private static final String BEST = "checkpoint.bestAccuracy";

  private final Trainer trainer;
  private final CheckpointFolder folder;
  private final int every;
  private final Supplier<Map<String, String>> notes;
  private final TrainingListener next;
  private int steps;
  private double best = Double.NEGATIVE_INFINITY;

  /**
   * Prepares to save.
   *
   * @param trainer whose training
   * @param folder where to
   * @param every after how many steps to save, besides the end of each epoch; 0: not within epochs
   * @param notes gives texts to be kept with a checkpoint; asked while the training is paused; keys
   *     must not begin with {@code training.} or {@code checkpoint.}
   * @param next another listener, which receives each report before the checkpoint is saved
   * @throws IllegalArgumentException if {@code every} is negative
   */
  public Checkpointer(
      Trainer trainer,
      CheckpointFolder folder,
      int every,
      Supplier<Map<String, String>> notes,
      TrainingListener next) {
    if (every < 0) {
      throw new IllegalArgumentException("every must be at least 0, but is " + every);
    }
    this.trainer = trainer;
    this.folder = folder;
    this.every = every;
    this.notes = notes;
    this.next = next;
  }

  /**
   * Resumes a training where a checkpoint was made.
   *
   * @param checkpoint the checkpoint
   * @throws DataException as {@link Trainer#restore}; nothing has changed then
   */
  public void restore(CheckpointFolder.Entry checkpoint) throws DataException {
    String text = checkpoint.content().metadata().get(BEST);
    double accuracy;
    try {
      accuracy = text == null ? Double.NEGATIVE_INFINITY : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      accuracy = Double.NaN;
    }
    if (text != null && !(accuracy >= 0 && accuracy <= 1)) {
      throw new DataException(
          checkpoint.file(), "has " + BEST + " '" + text + "', expected a number from 0 to 1");
    }
    double restored = accuracy;
    trainer.pauseWhile(
        () -> {
          trainer.restore(checkpoint);
          best = restored;
        });
  }

  /**
   * Saves a checkpoint. May be called by any thread while the training runs.
   *
   * @throws DivergedException if a value is not finite
   * @throws IOException if the checkpoint cannot be written; the former ones are then as they were
   */
  public void save() throws IOException {
    trainer.pauseWhile(() -> folder.save(checkpoint())); // so that no later one is saved first
  }

  private Safetensors checkpoint() {
    Map<String, String> metadata = new LinkedHashMap<>(notes.get());
    if (best >= 0) {
      metadata.put(BEST, Double.toString(best));
    }
    return trainer.checkpoint(metadata);
  }

  @Override
  public void onStep(int images, double meanLoss) {
    next.onStep(images, meanLoss);
    steps++;
    if (every > 0 && steps % every == 0) {
      saveUnchecked(false);
    }
  }

  @Override
  public void onEpoch(EpochReport report) {
    next.onEpoch(report);
    Evaluation validation = report.validation();
    boolean isBest = validation != null && validation.accuracy() > best;
    if (isBest) {
      best = validation.accuracy();
    }
    saveUnchecked(isBest);
  }

  private void saveUnchecked(boolean isBest) {
    try {
      Safetensors checkpoint = checkpoint();
      if (isBest) {
        // First: a run resumed from the checkpoint before this one gets here again.
        folder.saveBest(checkpoint);
      }
      folder.save(checkpoint);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
