// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.DataException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A file of options, one in a line: {@code --epochs 3} or {@code --model conv 8, relu, dense 10}.
 * What follows the name is the value, as it stands there: no shell takes it apart. Empty lines and
 * those that begin with {@code #} say nothing.
 */
final class OptionsFile {
  static final String OPTION = "--options";

  private static final long MAX_BYTES = 1 << 20;

  private OptionsFile() {}

  /**
   * Puts the options of a file where the command line names it. An option that the command line has
   * itself, by whichever of its names, is left out.
   *
   * @param root knows the commands
   * @param args the command line, the command first
   * @return the same without {@code --options}; as it is if the file is not named, or its name is
   *     missing
   * @throws DataException if there is something else than options in the file
   * @throws IOException if it cannot be read
   */
  static String[] expand(CommandLine root, String[] args) throws IOException {
    int at = 0;
    while (at < args.length && !args[at].equals(OPTION) && !args[at].startsWith(OPTION + "=")) {
      at++;
    }
    boolean apart = at < args.length && args[at].equals(OPTION);
    if (at + (apart ? 1 : 0) >= args.length) {
      return args;
    }
    String name = apart ? args[at + 1] : args[at].substring(OPTION.length() + 1);
    List<String> given = new ArrayList<>(Arrays.asList(args));
    given.subList(at, at + (apart ? 2 : 1)).clear();
    if (given.stream().anyMatch(arg -> arg.equals(OPTION) || arg.startsWith(OPTION + "="))) {
      return args; // picocli refuses the second one
    }
    CommandSpec command = command(root, args);
    Set<OptionSpec> taken = new HashSet<>();
    given.stream()
        .filter(arg -> arg.startsWith("-")) // picocli would find --data by the word data, too
        .forEach(arg -> taken.add(command.findOption(arg.split("=", 2)[0])));
    List<String> expanded = new ArrayList<>(given.subList(0, at));
    for (String option : read(name)) {
      OptionSpec spec = command.findOption(option.split("=", 2)[0]);
      if (spec == null || !taken.contains(spec)) {
        expanded.add(option);
      }
    }
    expanded.addAll(given.subList(at, given.size()));
    return expanded.toArray(String[]::new);
  }

  /** The command, or the command of a command, that a command line begins with. */
  static CommandSpec command(CommandLine root, String[] args) {
    CommandLine command = root;
    for (String arg : args) {
      CommandLine next = command.getSubcommands().get(arg);
      if (next == null) {
        break;
      }
      command = next;
    }
    return command.getCommandSpec();
  }

  private static List<String> read(String name) throws IOException {
    Path file;
    try {
      file = Path.of(name);
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(name, null, Messages.of(e));
    }
    if (Files.isDirectory(file)) {
      throw new IOException(name + ": is a folder, expected a file of options");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new DataException(file, "is no file of options: it is larger than 1 MiB");
    }
    List<String> options = new ArrayList<>();
    try {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
          continue;
        }
        if (!text.startsWith("-") || text.startsWith(OPTION)) {
          throw new DataException(
              file,
              "has '%s' in line %d, expected an option such as --epochs 3, or a comment after #"
                  .formatted(text, number));
        }
        options.add(text.replaceFirst("(?:\\s*=\\s*|\\s+)", "="));
      }
    } catch (CharacterCodingException e) {
      throw new DataException(file, "is no file of options: it is not text in UTF-8");
    }
    return options;
  }
}
