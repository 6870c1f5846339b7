// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is odd about the images of a training, though it can be trained with them. */
final class DataWarnings {
  private static final int MOST_NAMES = 5;

  /** Shares of classes that differ by less, in all, are no matter. */
  private static final double FAR = 0.1;

  /** How many standard deviations beyond its mean a sum of squares is no chance. */
  private static final double BEYOND_CHANCE = 6;

  private DataWarnings() {}

  /**
   * Looks at the labels.
   *
   * @param whole all images from which others may have been left out
   * @param split the images to train and to validate with
   * @param batchSize as the user wants it
   * @param holdout how the split was made
   * @return a line for each oddity
   */
  static List<String> of(Dataset whole, Split split, int batchSize, Holdout holdout) {
    List<String> lines = new ArrayList<>();
    int[] all = whole.classCounts();
    int[] train = split.train().classCounts();
    int[] heldOut = split.heldOut().classCounts();
    String hint = holdout == Holdout.LAST ? "; try --split stratified" : "";
    List<Integer> missing = where(train, c -> train[c] == 0);
    if (!missing.isEmpty()) {
      boolean elsewhere = missing.stream().anyMatch(c -> all[c] > 0);
      lines.add("no training images of " + names(missing, train, whole) + (elsewhere ? hint : ""));
    }
    List<Integer> unseen = where(train, c -> train[c] > 0 && heldOut[c] == 0);
    if (split.heldOut().size() == 0) {
      // as the user wants it, or a single image
    } else if (!unseen.isEmpty()) {
      lines.add("no validation images of " + names(unseen, train, whole) + hint);
    } else if (areFar(train, heldOut)) {
      lines.add(farthest(train, heldOut, whole) + hint);
    }
    if (batchSize > split.train().size()) {
      lines.add(
          "--batch-size %s is more than the %s: each step takes all of them"
              .formatted(batchSize, Messages.count(split.train().size(), "training image")));
    }
    return lines;
  }

  private static List<Integer> where(int[] counts, IntPredicate condition) {
    return IntStream.range(0, counts.length).filter(condition).boxed().toList();
  }

  /** Such as {@code class 7} or {@code 3 of 10 classes: 7, 8, 9}. */
  private static String names(List<Integer> classes, int[] all, Dataset whole) {
    if (classes.size() == 1) {
      return "class " + name(classes.getFirst(), whole);
    }
    String names =
        classes.stream()
            .limit(MOST_NAMES)
            .map(c -> name(c, whole))
            .collect(Collectors.joining(", "));
    return classes.size()
        + " of "
        + Messages.count(all.length, "class")
        + ": "
        + names
        + (classes.size() > MOST_NAMES ? ", ..." : "");
  }

  private static String name(int c, Dataset whole) {
    return whole.classNames().isEmpty() ? Integer.toString(c) : whole.classNames().get(c);
  }

  /**
   * Whether the shares of the classes are far apart, and farther than in parts drawn at random
   * (Pearson's chi-squared test: the sum has a mean of {@code k - 1} and a variance of twice that).
   */
  private static boolean areFar(int[] train, int[] heldOut) {
    double n = IntStream.of(train).sum();
    double m = IntStream.of(heldOut).sum();
    double apart = 0;
    double sum = 0;
    int freedom = -1;
    for (int c = 0; c < train.length; c++) {
      double both = train[c] + heldOut[c];
      if (both > 0) {
        double expected = both * m / (n + m);
        double off = heldOut[c] - expected;
        sum += off * off / expected * (n + m) / n; // with the training part's square
        apart += Math.abs(heldOut[c] / m - train[c] / n) / 2;
        freedom++;
      }
    }
    return apart > FAR && sum > freedom + BEYOND_CHANCE * Math.sqrt(2.0 * freedom);
  }

  private static String farthest(int[] train, int[] heldOut, Dataset whole) {
    double n = IntStream.of(train).sum();
    double m = IntStream.of(heldOut).sum();
    int worst = 0;
    for (int c = 1; c < train.length; c++) {
      double off = Math.abs(heldOut[c] / m - train[c] / n);
      worst = off > Math.abs(heldOut[worst] / m - train[worst] / n) ? c : worst;
    }
    return String.format(
        Locale.ROOT,
        "validation images are unlike training images: %.0f %% are of class %s, not %.0f %%",
        100 * heldOut[worst] / m,
        name(worst, whole),
        100 * train[worst] / n);
  }
}
