// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.Backend;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.LayerList;
import dev.lanewise.layers.models.Models;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command that computes has: threads, and ways to tell of results and faults. */
final class CommonOptions {
  private static final int MAX_THREADS = 1024;

  @Option(
      names = "--threads",
      paramLabel = "<count>",
      description = {
        "Threads to compute with, 1 to "
            + MAX_THREADS
            + ", but no more than processors. They change the speed, never the result.",
        "Default: one per processor, here ${DEFAULT-VALUE}"
      })
  int threads = WorkerTeam.sizeFor(MAX_THREADS);

  @Option(
      names = {"--quiet", "-q"},
      description = "Print results and errors alone: no progress, no notes, no warnings.")
  boolean quiet;

  @Option(
      names = OptionsFile.OPTION,
      paramLabel = "<file>",
      description =
          "Read options from a file: one in a line, as here, but its value without quotation marks;"
              + " lines that begin with # are comments. Options given here take precedence.")
  private Path options; // read before the command line is parsed

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  /** Rejects bad values before anything is read. */
  void validate() {
    require(
        threads >= 1 && threads <= MAX_THREADS,
        "--threads must be from 1 to " + MAX_THREADS + ", but is " + threads);
    int useful = WorkerTeam.sizeFor(threads);
    if (threads > useful) {
      tell("--threads " + threads + ": only " + useful + " computed with, one per processor");
      threads = useful;
    }
    try {
      Backend.description();
    } catch (ExceptionInInitializerError e) { // a system property asks for what is not there
      require(false, e.getCause().getMessage());
    }
  }

  /** Ends the command as wrongly used unless {@code condition} holds. */
  void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /**
   * A name of {@link Models} or a list of layers, however it is written; ends the command as
   * wrongly used if it is neither.
   *
   * @return in small letters and with single spaces, so that one list is one text
   */
  String requireModel(String text) {
    String model =
        text.strip()
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\s+", " ")
            .replaceAll(" ?, ?", ", ")
            .strip();
    require(
        Models.names().contains(model) || LayerList.isMeant(model),
        "--model must be one of "
            + String.join(", ", Models.names())
            + ", or a list of layers such as 'conv 8, relu, pool 2, dense 10', but is '"
            + text
            + "'");
    if (!Models.names().contains(model)) {
      try {
        LayerList.check(model);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            command.commandLine(), "--model '" + model + "': " + e.getMessage(), e);
      }
    }
    return model;
  }

  /** Builds a network for certain images, not yet initialised. */
  Network build(String model, Dataset images) {
    Network network =
        fit("--model " + model, images, () -> Models.of(model, images.shape(), images.classes()));
    require(
        network.outputShape().isFlat() && network.outputShape().size() >= images.classes(),
        "--model %s makes %s of an image, but there are %s: end it with 'dense'"
            .formatted(model, network.outputShape(), Messages.count(images.classes(), "class")));
    return network;
  }

  /**
   * Prepares something for certain images; ends the command as wrongly used where that cannot be.
   *
   * @param what what it is, in words
   * @param images what it is for
   * @param preparation throws IllegalArgumentException if it does not go together with the images
   * @return the result of {@code preparation}
   */
  <T> T fit(String what, Dataset images, Supplier<T> preparation) {
    return fit(what, describe(images), preparation);
  }

  /**
   * Prepares something for certain images.
   *
   * @param images what it is for, in words
   */
  <T> T fit(String what, String images, Supplier<T> preparation) {
    try {
      return preparation.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), what + " does not go with " + images + ": " + e.getMessage(), e);
    }
  }

  /** Tells what the user should know, besides results. */
  void tell(String line) {
    if (!quiet) {
      command.commandLine().getErr().println(Messages.oneLine(line));
    }
  }

  /** Tells what may be wrong, though the program can go on. */
  void warn(String line) {
    tell("warning: " + line);
  }

  /** Tells of a failure; returns its exit code. */
  int failed(Exception e) {
    CommandLine line = command.commandLine();
    return Main.failed(e, line, line.getErr());
  }

  /** Prints a line of results. */
  void print(String format, Object... values) {
    command.commandLine().getOut().println(String.format(Locale.ROOT, format, values));
  }

  /** Says what images look like, as in {@code images of 28x28, 10 classes}. */
  static String describe(Dataset images) {
    return describe(images.shape(), images.classes());
  }

  /** Says what images of a shape look like. */
  static String describe(Shape shape, int classes) {
    int channels = shape.channels();
    return "images of "
        + shape.height()
        + "x"
        + shape.width()
        + (channels == 1 ? "" : "x" + channels)
        + ", "
        + Messages.count(classes, "class");
  }
}
