// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoublePredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of one layer in a {@link LayerList}: its name, then what it is given. They are taken
 * from the first to the last, and whatever is wrong with one is said with its place in the list.
 */
final class LayerWords {
  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final Pattern SIDES = Pattern.compile("(\\d{1,6})(?:x(\\d{1,6}))?");
  private static final int MOST = 1_000_000;

  /**
   * A word and where it stands.
   *
   * @param text in lower case
   * @param column its first character, from 1
   */
  private record Word(String text, int column) {}

  /**
   * Rows and columns.
   *
   * @param height rows
   * @param width columns
   */
  record Sides(int height, int width) {}

  private final String layer;
  private final List<Word> words = new ArrayList<>();
  private int next = 1; // after the name
  private String usage = "";

  private LayerWords(String layer, int column) {
    this.layer = layer.strip();
    Matcher word = WORD.matcher(layer);
    while (word.find()) {
      words.add(new Word(word.group().toLowerCase(Locale.ROOT), column + word.start()));
    }
  }

  /**
   * Takes a list apart.
   *
   * @throws IllegalArgumentException if there is nothing between two commas, or at all
   */
  static List<LayerWords> split(String list) {
    List<LayerWords> layers = new ArrayList<>();
    int column = 1;
    for (String layer : list.split(",", -1)) {
      LayerWords words = new LayerWords(layer, column);
      if (words.words.isEmpty()) {
        throw new IllegalArgumentException(
            list.isBlank()
                ? "the list of layers is empty, expected such as 'conv 8, relu, pool 2, dense 10'"
                : "at character " + column + " of the list of layers there is none, expected one");
      }
      layers.add(words);
      column += layer.length() + 1;
    }
    return layers;
  }

  /** The name of the layer. */
  String name() {
    return words.getFirst().text;
  }

  /** Says how the words are meant, for messages. */
  void usage(String usage) {
    this.usage = usage;
  }

  /** Whether there is a number, or sides, to be taken next. */
  private boolean hasNumber() {
    return next < words.size() && Character.isDigit(words.get(next).text.charAt(0));
  }

  /** A whole number that must be there. */
  int whole(String what) {
    if (next == words.size()) {
      throw fault(words.getFirst(), what + " is missing, expected " + usage);
    }
    Word word = words.get(next++);
    if (word.text.matches("\\d{1,7}")) {
      int number = Integer.parseInt(word.text);
      if (number >= 1 && number <= MOST) {
        return number;
      }
    }
    throw fault(word, expected(what + ", a whole number from 1 to " + MOST));
  }

  /** A whole number, or the usual one. */
  int whole(String what, int usual) {
    return hasNumber() ? whole(what) : usual;
  }

  /** Rows and columns, as in {@code 3} or {@code 3x5}; or the usual ones. */
  Sides sides(String what, int usual) {
    if (!hasNumber()) {
      return new Sides(usual, usual);
    }
    Word word = words.get(next++);
    Matcher sides = SIDES.matcher(word.text);
    if (sides.matches()) {
      int height = Integer.parseInt(sides.group(1));
      int width = sides.group(2) == null ? height : Integer.parseInt(sides.group(2));
      if (height >= 1 && width >= 1) {
        return new Sides(height, width);
      }
    }
    throw fault(word, expected(what + ", such as 3 or 3x5"));
  }

  /**
   * A number, or the usual one.
   *
   * @param allowed which numbers may be
   * @param range the same in words
   */
  double number(String what, double usual, DoublePredicate allowed, String range) {
    if (next == words.size()) {
      return usual;
    }
    Word word = words.get(next++);
    try {
      double number = Double.parseDouble(word.text);
      if (allowed.test(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw fault(word, expected(what + ", a number " + range));
  }

  /** Takes a word if it comes next. */
  boolean flag(String text) {
    boolean there = next < words.size() && words.get(next).text.equals(text);
    next += there ? 1 : 0;
    return there;
  }

  /** Makes sure that all has been taken. */
  void end() {
    if (next < words.size()) {
      throw fault(words.get(next), "there is no place for it in " + usage);
    }
  }

  /** What is wrong with the name. */
  IllegalArgumentException unknown(String expected) {
    return fault(words.getFirst(), "there is no such layer, expected one of " + expected);
  }

  /** What is wrong with the layer as a whole, unless it was one of its words. */
  IllegalArgumentException misfit(IllegalArgumentException e) {
    return e instanceof Fault
        ? e
        : new IllegalArgumentException(
            "'" + layer + "' at character " + words.getFirst().column + ": " + e.getMessage(), e);
  }

  private String expected(String what) {
    return "expected " + what + ", in " + usage;
  }

  private static Fault fault(Word word, String fault) {
    return new Fault("'" + word.text + "' at character " + word.column + ": " + fault);
  }

  /** Says what is wrong with a word, and where it is. */
  private static final class Fault extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    Fault(String message) {
      super(message);
    }
  }
}
