// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.io.CheckpointFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The options of a training in its checkpoints: a training that goes on has the same again. */
final class StoredOptions {
  /** What the weights depend on. */
  private static final List<String> FIXED =
      List.of(
          "--recipe",
          "--model",
          "--batch-size",
          "--learning-rate",
          "--validation",
          "--limit",
          "--split",
          "--seed",
          "--image-shape",
          "--framing",
          "--white",
          "--transpose");

  /** What may change in the resumed run. */
  private static final List<String> FREE =
      List.of(
          "--data",
          "--epochs",
          "--checkpoint-every",
          "--save",
          "--metrics",
          "--report",
          "--tensorboard");

  /** What the weights depend on, too: other images, or longer. */
  private static final List<String> WEIGHTS = List.of("--data", "--epochs");

  private static final String KEY = "option.";

  private StoredOptions() {}

  /** The present values, of those that have one. */
  static Map<String, String> of(CommandSpec train) {
    Map<String, String> stored = new LinkedHashMap<>();
    for (String name : names()) {
      Object value = train.findOption(name).getValue();
      if (value instanceof Path path) {
        value = path.toAbsolutePath(); // the resumed run may start in another folder
      }
      if (value != null) {
        stored.put(KEY + name, value.toString());
      }
    }
    return stored;
  }

  /**
   * The command that repeats a training: with the options that the weights depend on.
   *
   * @param data what it is trained on
   */
  static String commandLine(CommandSpec train, MnistSource.Data data) {
    StringBuilder words = new StringBuilder("mnist-app train");
    of(train)
        .forEach(
            (key, value) -> {
              String name = key.substring(KEY.length());
              boolean wanted = FIXED.contains(name) || WEIGHTS.contains(name);
              if (wanted && value.equals("true")) {
                words.append(' ').append(name);
              } else if (wanted && !value.equals("false")) {
                words.append(' ').append(name).append(' ').append(Messages.quoted(value));
              }
            });
    if (data.isProcedural() && train.findOption("--data").getValue() == null) {
      words.append(" --data procedural"); // MNIST could not be had; elsewhere it may be
    }
    return words.toString();
  }

  /**
   * Gives the options that are not on the command line their stored values.
   *
   * @param train the command
   * @param checkpoint where they are stored
   * @throws ParameterException if an option is given that must not change, and is another
   * @throws DataException if what is stored cannot be read
   */
  static void restore(CommandSpec train, CheckpointFolder.Entry checkpoint) throws DataException {
    CommandSpec stored = parse(checkpoint);
    ParseResult given = train.commandLine().getParseResult();
    for (String name : names()) {
      ArgSpec option = train.findOption(name);
      Object value = stored.findOption(name).getValue();
      if (!given.hasMatchedOption(name)) {
        option.setValue(value);
      } else if (isFixed(name, stored) && !Objects.equals(option.getValue(), value)) {
        throw new ParameterException(
            train.commandLine(),
            "%s is %s, but the training in %s has %s: it can only go on with the same"
                .formatted(name, option.getValue(), checkpoint.file(), text(value)));
      }
    }
  }

  private static boolean isFixed(String name, CommandSpec stored) {
    return FIXED.contains(name)
        || name.equals("--epochs")
            && stored.findOption("--recipe").getValue() instanceof Recipe recipe
            && recipe.dependsOnEpochs();
  }

  private static String text(Object value) {
    return value == null ? "none" : value.toString();
  }

  private static CommandSpec parse(CheckpointFolder.Entry checkpoint) throws DataException {
    List<String> line = new ArrayList<>();
    for (String name : names()) {
      String value = checkpoint.content().metadata().get(KEY + name);
      if (value != null) {
        line.add(name + "=" + value);
      }
    }
    CommandLine command = Main.commandLine(new TrainCommand());
    try {
      command.parseArgs(line.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new DataException(
          checkpoint.file(), "has options that train does not take: " + e.getMessage());
    }
    return command.getCommandSpec();
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(FIXED);
    names.addAll(FREE);
    return names;
  }
}
