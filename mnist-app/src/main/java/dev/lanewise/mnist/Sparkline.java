// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.ArrayList;
import java.util.List;

/**
 * A curve as a line of text: of all values so far, however many there are. Once there are too many,
 * two neighbours become one. Values are added by one thread and drawn by another.
 */
final class Sparkline {
  private static final String LEVELS = "▁▂▃▄▅▆▇█";
  private static final int MOST = 128;

  private final boolean logarithmic;
  private final List<Double> values = new ArrayList<>();
  private int each = 1; // how many values one of the list is the mean of
  private double sum;
  private int count;

  /**
   * An empty curve.
   *
   * @param logarithmic whether equal steps are equal ratios, as suits a loss
   */
  Sparkline(boolean logarithmic) {
    this.logarithmic = logarithmic;
  }

  /** Adds a value, if it can be drawn. */
  synchronized void add(double value) {
    if (!Double.isFinite(value) || logarithmic && value <= 0) {
      return;
    }
    sum += logarithmic ? Math.log(value) : value;
    count++;
    if (count < each) {
      return;
    }
    values.add(sum / count);
    sum = 0;
    count = 0;
    if (values.size() == MOST) {
      for (int i = 0; i < MOST / 2; i++) {
        values.set(i, (values.get(2 * i) + values.get(2 * i + 1)) / 2);
      }
      values.subList(MOST / 2, MOST).clear();
      each *= 2;
    }
  }

  /**
   * Draws it, from its least value at the bottom to its largest at the top.
   *
   * @param columns at most so many
   * @return a block of some height for each column; nothing for fewer than two values
   */
  synchronized String draw(int columns) {
    int shown = Math.min(columns, values.size());
    if (shown < 2) {
      return "";
    }
    double[] means = new double[shown];
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < shown; i++) {
      int from = i * values.size() / shown;
      int to = (i + 1) * values.size() / shown;
      means[i] = values.subList(from, to).stream().mapToDouble(value -> value).average().orElse(0);
      least = Math.min(least, means[i]);
      most = Math.max(most, means[i]);
    }
    StringBuilder line = new StringBuilder();
    for (double mean : means) {
      double height = most > least ? (mean - least) / (most - least) : 0;
      line.append(LEVELS.charAt((int) Math.round(height * (LEVELS.length() - 1))));
    }
    return line.toString();
  }
}
