// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The figures of a training as JSON Lines. Every line is in {@code FILE.part} as soon as it is
 * known; the file itself appears when it is published. Without a file the lines are only kept, for
 * checkpoints. Not thread-safe.
 */
final class Metrics implements AutoCloseable {
  private static final String EPOCH = "epoch";

  /** Writes as a mapper would, which takes a tenth of a second to load when a training starts. */
  private static final JsonFactory JSON = new JsonFactory();

  private final Path file;
  private final Path part;
  private final FileChannel channel;
  private final StringBuilder lines;

  /**
   * Begins the file.
   *
   * @param file the file; or {@code null}
   * @param earlier the lines of the epochs before, each with its line feed
   * @throws IOException if {@code FILE.part} cannot be written
   */
  Metrics(Path file, String earlier) throws IOException {
    this.file = file;
    part = file == null ? null : file.resolveSibling(file.getFileName() + ".part");
    lines = new StringBuilder();
    channel =
        file == null
            ? null
            : FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    write(earlier);
  }

  /**
   * Writes the line of an epoch.
   *
   * @param rate the learning rate of its last step
   */
  void epoch(EpochReport report, float rate) throws IOException {
    Evaluation validation = report.validation();
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeNumberField(EPOCH, report.epoch());
      json.writeObjectField("trainLoss", finite(report.trainLoss()));
      json.writeObjectField(
          "validationLoss", finite(validation == null ? Double.NaN : validation.loss()));
      json.writeObjectField(
          "validationAccuracy", finite(validation == null ? Double.NaN : validation.accuracy()));
      json.writeFieldName("learningRate");
      if (Float.isFinite(rate)) {
        json.writeNumber(rate); // as the float that it is
      } else {
        json.writeNull();
      }
      json.writeObjectField("imagesPerSecond", finite(report.imagesPerSecond()));
      json.writeObjectField("seconds", finite(report.seconds()));
      json.writeEndObject();
    }
    write(line + "\n");
  }

  /** Writes the last line. */
  void test(Evaluation test, double totalSeconds) throws IOException {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeObjectField("testLoss", finite(test.loss()));
      json.writeObjectField("testAccuracy", finite(test.accuracy()));
      json.writeObjectField("totalSeconds", finite(totalSeconds));
      json.writeEndObject();
    }
    write(line + "\n");
  }

  /** All lines so far, each with its line feed. */
  String lines() {
    return lines.toString();
  }

  /**
   * Checks lines that were kept: one for each epoch, with its number.
   *
   * @param file where they were kept, for the message
   */
  static void requireLines(Path file, String lines, int epochs) throws DataException {
    ObjectMapper json = new ObjectMapper();
    boolean whole = lines.isEmpty() || lines.endsWith("\n");
    int epoch = 0;
    for (String line : lines.lines().toList()) {
      whole &= isOf(json, ++epoch, line);
    }
    if (!whole || epoch != epochs) {
      throw new DataException(
          file, "has metrics that are not one line per epoch: expected " + epochs);
    }
  }

  private static boolean isOf(ObjectMapper json, int epoch, String line) {
    try {
      return json.readTree(line).path(EPOCH).equals(IntNode.valueOf(epoch));
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Gives the file its name. */
  void publish() throws IOException {
    if (file != null) {
      channel.force(true);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The value, or {@code null} where it is not finite: JSON has no NaN and no infinity. */
  static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private void write(String text) throws IOException {
    lines.append(text);
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (channel != null && bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** What a training that failed has written stays in {@code FILE.part}. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      if (lines.isEmpty()) {
        Files.deleteIfExists(part);
      }
    }
  }
}
