// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a mistyped word may have meant. */
final class Suggestions {
  private static final int SHORTEST_PART = 3;
  private static final int MOST_ERRORS = 3;

  private Suggestions() {}

  /**
   * Says what is wrong with a command line, and what may be meant. If a required option is missing
   * and there is one that does not exist, it may be that one.
   */
  static String of(ParameterException e) {
    CommandLine command = e.getCommandLine();
    List<String> unmatched =
        e instanceof UnmatchedArgumentException u
            ? u.getUnmatched()
            : e instanceof MissingParameterException ? command.getUnmatchedArguments() : List.of();
    return unmatched.isEmpty() ? e.getMessage() : unmatched(unmatched.getFirst(), command);
  }

  private static String unmatched(String word, CommandLine command) {
    if (!word.startsWith("-")) {
      return command.getSubcommands().isEmpty()
          ? surplus(word, command)
          : "unknown command '" + word + "'" + command(word, command.getSubcommands().keySet());
    }
    String option = word.split("=", 2)[0];
    Optional<String> near = nearest(option, options(command));
    if (near.isPresent()) {
      return "unknown option '" + option + "'; did you mean '" + near.get() + "'?";
    }
    List<String> others = new ArrayList<>();
    siblings(command).stream()
        .filter(sibling -> options(sibling).contains(option))
        .forEach(sibling -> others.add(sibling.getCommandName()));
    return "unknown option '"
        + option
        + "'"
        + (others.isEmpty() ? "" : "; it belongs to " + Messages.list(others));
  }

  private static String command(String word, Collection<String> commands) {
    return nearest(word, commands)
        .map(name -> "; did you mean '" + name + "'?")
        .orElse("; expected one of " + String.join(", ", commands));
  }

  private static String surplus(String word, CommandLine command) {
    String fault = "unexpected argument '" + word + "'";
    if (siblings(command).stream().anyMatch(s -> s.getCommandName().equals(word))) {
      return fault + "; a command comes first";
    }
    return fault
        + nearest("--" + word, options(command))
            .map(name -> "; did you mean '" + name + "'?")
            .orElse("");
  }

  private static List<String> options(CommandLine command) {
    List<String> names = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      names.addAll(List.of(option.names()));
    }
    return names;
  }

  private static Collection<CommandLine> siblings(CommandLine command) {
    CommandSpec parent = command.getCommandSpec().parent();
    if (parent == null) {
      return List.of();
    }
    boolean program = parent.userObject() instanceof Main; // it may have been loaded in part
    return program ? Main.program().getSubcommands().values() : parent.subcommands().values();
  }

  /**
   * The name that is most like a word: by few letters that are missing, too many, wrong or in
   * another order; else one that contains the word.
   *
   * @param word what was typed
   * @param names what there is
   * @return the first of equals; nothing if none is alike
   */
  static Optional<String> nearest(String word, Collection<String> names) {
    String typed = plain(word);
    String best = null;
    int least = 1 + Math.clamp(typed.length() / 3, 1, MOST_ERRORS);
    for (String name : names) {
      int distance = distance(typed, plain(name));
      if (distance < least && distance < Math.max(typed.length(), plain(name).length())) {
        least = distance;
        best = name;
      }
    }
    for (String name : names) {
      if (best == null && typed.length() >= SHORTEST_PART && plain(name).contains(typed)) {
        best = name;
      }
    }
    return Optional.ofNullable(best);
  }

  private static String plain(String name) {
    return name.replaceAll("^-+", "").toLowerCase(Locale.ROOT);
  }

  /** Damerau and Levenshtein's distance, in which no letters between two swapped ones change. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        d[i][j] =
            Math.min(d[i - 1][j - 1] + (same ? 0 : 1), 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
