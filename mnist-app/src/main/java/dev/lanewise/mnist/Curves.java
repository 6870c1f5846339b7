// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.Locale;

/**
 * The line above the bar of a training: the loss and the accuracy of the validation as curves of
 * the whole way, and the learning rate. Figures are set by one thread and drawn by another.
 */
final class Curves {
  private static final int MOST = 32;
  private static final int LEAST = 8;
  private static final String GAP = "   ";
  private static final String LOSS = " loss ";

  private final Sparkline losses = new Sparkline(true);
  private final Sparkline accuracies = new Sparkline(false);
  private volatile double accuracy = Double.NaN;
  private volatile double rate = Double.NaN;

  /** The loss of some steps, and the learning rate of the last of them. */
  void steps(double loss, double rate) {
    losses.add(loss);
    this.rate = rate;
  }

  /** The accuracy of a validation. */
  void accuracy(double accuracy) {
    accuracies.add(accuracy);
    this.accuracy = accuracy;
  }

  /**
   * The line.
   *
   * @param columns how long it may be
   * @return nothing if there is no curve yet, or no room for one
   */
  String line(int columns) {
    String accuracyText =
        Double.isNaN(accuracy) ? "" : GAP + format("accuracy %.2f %% ", 100 * accuracy);
    String rateText = Double.isNaN(rate) ? "" : GAP + format("learning rate %.3g", rate);
    int curves = accuracyText.isEmpty() ? 1 : 2;
    if (columns < LOSS.length() + accuracyText.length() + rateText.length() + curves * LEAST) {
      rateText = "";
    }
    if (columns < LOSS.length() + accuracyText.length() + curves * LEAST) {
      accuracyText = "";
      curves = 1;
    }
    int taken = LOSS.length() + accuracyText.length() + rateText.length();
    int room = Math.min(MOST, (columns - taken) / curves);
    String curve = room < LEAST ? "" : losses.draw(room);
    if (curve.isEmpty()) {
      return "";
    }
    return LOSS + curve + accuracyText + (curves > 1 ? accuracies.draw(room) : "") + rateText;
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
