// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import dev.lanewise.mnist.report.History;
import dev.lanewise.mnist.report.Report;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** The page that {@code train --report} writes; nothing is done where none is wanted. */
final class TrainingReport {
  private final Path file; // null: none is wanted
  private final Network network;
  private final Dataset train;
  private final int batchSize;
  private final WorkerTeam team;
  private final History history;

  /**
   * Begins.
   *
   * @param file where the page is to be; or {@code null}
   * @param train the images that are trained on
   * @param batchSize how many of them a step has
   * @param epochs how many there will be
   */
  TrainingReport(
      Path file,
      Network network,
      Trainer trainer,
      Dataset train,
      int batchSize,
      int epochs,
      WorkerTeam team) {
    this.file = file;
    this.network = network;
    this.train = train;
    this.batchSize = batchSize;
    this.team = team;
    history = file == null ? null : new History(network, trainer, train, batchSize, epochs, team);
  }

  /** Listens after another. */
  TrainingListener after(TrainingListener other) {
    return history == null ? other : other.then(history);
  }

  /**
   * Goes on where the trainer has been resumed.
   *
   * @param metrics the lines of the epochs before
   */
  void resume(String metrics) {
    if (history != null) {
      history.resume(metrics);
    }
  }

  /** Writes the page, whole or not at all. */
  void write(
      String model, MnistSource.Data data, Evaluation test, double seconds, CommonOptions common)
      throws IOException {
    if (history != null) {
      write(file, html(model, data, test, seconds, common, team));
    }
  }

  /**
   * Where a signal ends the training: saves what there is to save besides, then the page so far,
   * beside the file where that of the whole training was to be.
   */
  Rescue after(
      Rescue other,
      String model,
      MnistSource.Data data,
      DoubleSupplier seconds,
      CommonOptions common) {
    if (history == null) {
      return other;
    }
    return () -> {
      String saved = other.save();
      Path free = Rescue.free(file);
      // The team may be at work in a validation.
      WorkerTeam alone = WorkerTeam.single();
      write(free, html(model, data, null, seconds.getAsDouble(), common, alone));
      return saved + "; report so far: " + Messages.quoted(free.toString());
    };
  }

  private String html(
      String model,
      MnistSource.Data data,
      Evaluation test,
      double seconds,
      CommonOptions common,
      WorkerTeam team)
      throws IOException {
    return new Report(
            model + " on " + data.description() + (test == null ? ", stopped" : ""),
            network,
            train,
            data.test(),
            test,
            history,
            batchSize,
            seconds,
            StoredOptions.commandLine(common.command, data),
            facts(data, common))
        .html(team);
  }

  private static void write(Path file, String html) throws IOException {
    byte[] content = html.getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer bytes = ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  private Map<String, String> facts(MnistSource.Data data, CommonOptions common) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Trained", LocalDate.now().toString());
    facts.put(
        "Data",
        "%s: %s images trained on, %s tested with; %s"
            .formatted(
                data.description(),
                train.size(),
                data.test().size(),
                CommonOptions.describe(train)));
    facts.put("Engine", Reports.engine(common.threads));
    facts.put("Machine", Machine.description());
    facts.put("Program", String.join(", ", new Main.Version().getVersion()));
    return facts;
  }
}
