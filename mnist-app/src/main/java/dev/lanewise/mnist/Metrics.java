package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The figures of a training as JSON Lines. Every line is on disk as soon as it is known, in {@code
 * FILE.part}; the file itself appears when the last one has been written. Not thread-safe.
 */
final class Metrics implements AutoCloseable {
  private final Path file;
  private final Path part;
  private final BufferedWriter writer;
  private boolean empty = true;

  Metrics(Path file) throws IOException {
    this.file = file;
    part = file.resolveSibling(file.getFileName() + ".part");
    writer = Files.newBufferedWriter(part);
  }

  void epoch(Trainer.EpochReport report) throws IOException {
    Evaluation validation = report.validation();
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("epoch", report.epoch());
    put(line, "trainLoss", report.trainLoss());
    put(line, "validationLoss", validation == null ? Double.NaN : validation.loss());
    put(line, "validationAccuracy", validation == null ? Double.NaN : validation.accuracy());
    put(line, "imagesPerSecond", report.imagesPerSecond());
    put(line, "seconds", report.seconds());
    write(line);
  }

  /** Writes the last line and gives the file its name. */
  void test(Evaluation test, double totalSeconds) throws IOException {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    put(line, "testLoss", test.loss());
    put(line, "testAccuracy", test.accuracy());
    put(line, "totalSeconds", totalSeconds);
    write(line);
    writer.close();
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** JSON has no NaN and no infinity. */
  static void put(ObjectNode object, String key, double value) {
    if (Double.isFinite(value)) {
      object.put(key, value);
    } else {
      object.putNull(key);
    }
  }

  private void write(ObjectNode line) throws IOException {
    writer.write(line + "\n");
    writer.flush();
    empty = false;
  }

  /** What a training that failed has written stays in {@code FILE.part}. */
  @Override
  public void close() throws IOException {
    writer.close();
    if (empty) {
      Files.deleteIfExists(part);
    }
  }
}
