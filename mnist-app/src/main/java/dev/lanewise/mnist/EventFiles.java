// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import dev.lanewise.tensorboard.SummaryWriter;
import dev.lanewise.tensorboard.TrainingBoard;
import java.io.IOException;
import java.nio.file.Path;

/** What {@code train --tensorboard} writes; nothing is done where none is wanted. */
final class EventFiles implements AutoCloseable {
  private final Path folder; // null: none are wanted
  private TrainingBoard board; // null: not begun

  /**
   * Nothing is written yet.
   *
   * @param folder where the files are to be; or {@code null}
   */
  EventFiles(Path folder) {
    this.folder = folder;
  }

  /** Rejects a folder that is that of the checkpoints, or of another training. */
  static void validate(Path folder, CheckpointOptions checkpointing, CommonOptions common)
      throws IOException {
    if (folder == null) {
      return;
    }
    OutputFile.requireFolder(folder);
    common.require(
        checkpointing.folder() == null || !OutputFile.same(checkpointing.folder(), folder),
        "--tensorboard and the checkpoints are in the same folder: " + folder);
    common.require(
        checkpointing.resumes() || !SummaryWriter.hasEvents(folder),
        "--tensorboard "
            + folder
            + " has event files of a training: a new one needs a folder of its own");
  }

  /**
   * Begins a file.
   *
   * @param command what repeats the training
   * @throws IOException if it cannot be written
   */
  void begin(Network network, Trainer trainer, Dataset train, String command) throws IOException {
    if (folder != null) {
      board = new TrainingBoard(folder, network, trainer, train);
      board.writer().text("command", 0, "    " + command); // indented: it is code
    }
  }

  /** Listens after another, from {@link #begin} on. */
  TrainingListener after(TrainingListener other) {
    TrainingListener begun =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            board.onStep(images, meanLoss);
          }

          @Override
          public void onEpoch(EpochReport report) {
            board.onEpoch(report);
          }
        };
    return folder == null ? other : other.then(begun);
  }

  /** Notes the result. */
  void test(Evaluation test) throws IOException {
    if (board != null && test.count() > 0) {
      board.evaluation("test", test);
    }
  }

  @Override
  public void close() throws IOException {
    if (board != null) {
      board.close();
    }
  }
}
