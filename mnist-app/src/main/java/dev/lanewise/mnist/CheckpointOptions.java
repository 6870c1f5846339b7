// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.io.CheckpointFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that make a training survive its process. */
final class CheckpointOptions {
  /** Checkpoints hold a line of metrics for each, and readers limit the texts of a file. */
  static final int MAX_EPOCHS = 20_000;

  @Option(
      names = "--checkpoint",
      paramLabel = "<folder>",
      description = {
        "Save checkpoints in a folder of their own, from which --resume goes on: at the start,"
            + " after each epoch, and when stopped by Ctrl-C or SIGTERM (a second one ends the"
            + " program at once). Kept are the two newest, and best.safetensors, the best by"
            + " validation; all are weight files too.",
        "Together with --resume of the same folder: go on if there is a checkpoint, else begin."
      })
  private Path checkpoint;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "<steps>",
      description = "Save a checkpoint after this many steps, too. Default: only after epochs")
  private Integer every;

  @Option(
      names = "--resume",
      paramLabel = "<folder>",
      description = {
        "Go on from the newest checkpoint in a folder and save further ones there. The weights will"
            + " be the same, to the last bit, as if the training had never been interrupted.",
        "All options are as before, unless given again: --data, --epochs, --checkpoint-every,"
            + " --save, --metrics, --report, --tensorboard and --threads may be others; but not"
            + " --epochs of a recipe whose learning rates depend on them."
      })
  private Path resume;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether a training is to go on, with the options that it had. */
  boolean resumes() {
    return resume != null;
  }

  /** The folder; {@code null} if there are to be no checkpoints. */
  Path folder() {
    return checkpoint == null ? resume : checkpoint;
  }

  /** After how many steps to save; 0: not within epochs. */
  int every() {
    return every == null ? 0 : every;
  }

  void validate(int epochs) {
    require(every == null || every >= 1, "--checkpoint-every must be at least 1, but is " + every);
    require(every == null || folder() != null, "--checkpoint-every needs --checkpoint or --resume");
    require(
        folder() == null || epochs <= MAX_EPOCHS,
        "--epochs must be at most " + MAX_EPOCHS + " with checkpoints, but is " + epochs);
  }

  /**
   * Opens the folder.
   *
   * @param warning receives a line for each damaged checkpoint
   * @return the folder, and the checkpoint to go on from
   * @throws IOException if the folder cannot be used, or has no checkpoint that is to be there
   */
  Checkpoints open(Consumer<String> warning) throws IOException {
    require(
        checkpoint == null || resume == null || OutputFile.same(checkpoint, resume),
        "--checkpoint and --resume are different folders");
    if (folder() == null) {
      return new Checkpoints(this, null, null);
    }
    if (checkpoint == null && !Files.isDirectory(resume)) {
      throw new NoSuchFileException(resume.toString(), null, "no such folder to resume from");
    }
    CheckpointFolder folder = CheckpointFolder.open(folder());
    try {
      CheckpointFolder.Entry from = resume == null ? none(folder) : newest(folder, warning);
      return new Checkpoints(this, folder, from);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private CheckpointFolder.Entry none(CheckpointFolder folder) throws IOException {
    require(
        folder.isEmpty(),
        "--checkpoint "
            + checkpoint
            + " has checkpoints of a training: --resume goes on with it, a new one needs an empty"
            + " folder");
    return null;
  }

  private CheckpointFolder.Entry newest(CheckpointFolder folder, Consumer<String> warning)
      throws IOException {
    Optional<CheckpointFolder.Entry> newest = folder.newest(warning);
    if (newest.isEmpty() && checkpoint == null) {
      throw new NoSuchFileException(resume.toString(), null, "has no checkpoint to resume from");
    }
    return newest.orElse(null);
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
