// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Backend;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.util.List;
import java.util.Locale;

/** What the commands print. */
final class Reports {
  private Reports() {}

  static String parameters(Network network) {
    long count = 0;
    for (Parameter parameter : network.parameters().values()) {
      count += parameter.value().size();
    }
    return String.format(Locale.ROOT, "%,d parameters", count);
  }

  static String engine(int threads) {
    return Backend.description() + ", " + Messages.count(threads, "thread");
  }

  /** How far a training has come. */
  static String after(Trainer trainer) {
    return "after "
        + Messages.count(trainer.epochs(), "epoch")
        + " and "
        + Messages.count(trainer.images(), "image");
  }

  /**
   * An evaluation for people: the confusion matrix, then the figures of each class.
   *
   * @param evaluation the result
   * @param names what the classes are called; empty if they have no names
   * @return lines, each with its line feed
   */
  static String text(Evaluation evaluation, List<String> names) {
    long[][] confusion = evaluation.confusion();
    long largest = confusion.length - 1;
    for (long[] row : confusion) {
      for (long cell : row) {
        largest = Math.max(largest, cell);
      }
    }
    String cell = " %" + Long.toString(largest).length() + "d";
    StringBuilder text = new StringBuilder("confusion matrix (row: label, column: prediction)\n");
    text.append("     ");
    for (int c = 0; c < confusion.length; c++) {
      text.append(String.format(Locale.ROOT, cell, c));
    }
    for (int c = 0; c < confusion.length; c++) {
      text.append(String.format(Locale.ROOT, "%n%5d", c));
      for (long count : confusion[c]) {
        text.append(String.format(Locale.ROOT, cell, count));
      }
      text.append(name(names, c));
    }
    text.append(String.format(Locale.ROOT, "%n%nclass  precision    recall   images%n"));
    for (int c = 0; c < confusion.length; c++) {
      text.append(
          String.format(
              Locale.ROOT,
              "%5d  %9s %9s %8d%s%n",
              c,
              percent(evaluation.precision(c)),
              percent(evaluation.recall(c)),
              images(evaluation, c),
              name(names, c)));
    }
    return text.toString();
  }

  /** What stands at the end of the line of a class. */
  private static String name(List<String> names, int c) {
    return names.isEmpty() ? "" : "  " + Messages.oneLine(names.get(c));
  }

  /** A class that does not occur, or is never predicted, has no share. */
  private static String percent(double share) {
    return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static long images(Evaluation evaluation, int c) {
    long images = 0;
    for (long count : evaluation.confusion()[c]) {
      images += count;
    }
    return images;
  }

  /**
   * An evaluation for programs.
   *
   * @param model the name of what was evaluated
   * @param evaluation the result
   * @param names what the classes are called; empty if they have no names
   * @return {@code model, images, accuracy, loss, classes, confusion}
   */
  static ObjectNode json(String model, Evaluation evaluation, List<String> names) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", model).put("images", evaluation.count());
    json.put("accuracy", Metrics.finite(evaluation.accuracy()));
    json.put("loss", Metrics.finite(evaluation.loss()));
    ArrayNode classes = json.putArray("classes");
    ArrayNode confusion = json.putArray("confusion");
    for (int c = 0; c < evaluation.confusion().length; c++) {
      ObjectNode figures = classes.addObject().put("class", c);
      if (!names.isEmpty()) {
        figures.put("name", names.get(c));
      }
      figures.put("precision", Metrics.finite(evaluation.precision(c)));
      figures.put("recall", Metrics.finite(evaluation.recall(c)));
      figures.put("images", images(evaluation, c));
      ArrayNode row = confusion.addArray();
      for (long count : evaluation.confusion()[c]) {
        row.add(count);
      }
    }
    return json;
  }
}
