// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.TrainingListener;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Warns once if a training learns nothing: after the first epoch whose loss is above that of
 * guessing, which is {@code ln(classes)}. The first steps of a network may be as bad, so that they
 * count only if they are far worse. What is left of an epoch after a resumption is not judged.
 */
final class LearningWarning implements TrainingListener {
  private static final int FIRST_STEPS = 100;
  private static final double FAR_WORSE = 4;

  private final int classes;
  private final int stepsPerEpoch;
  private final Consumer<String> warn;
  private int steps;
  private boolean warned;

  /**
   * Prepares to watch.
   *
   * @param classes how many there are
   * @param stepsPerEpoch how many steps make an epoch
   * @param warn receives the warning
   */
  LearningWarning(int classes, int stepsPerEpoch, Consumer<String> warn) {
    this.classes = classes;
    this.stepsPerEpoch = stepsPerEpoch;
    this.warn = warn;
  }

  @Override
  public void onStep(int images, double meanLoss) {
    steps++;
  }

  @Override
  public void onEpoch(EpochReport report) {
    double guessing = Math.log(classes);
    boolean whole = steps == stepsPerEpoch;
    steps = 0;
    boolean begun = (long) report.epoch() * stepsPerEpoch >= FIRST_STEPS;
    if (whole && !warned && report.trainLoss() > guessing * (begun ? 1 : FAR_WORSE)) {
      warned = true;
      warn.accept(
          String.format(
              Locale.ROOT,
              "loss above that of guessing, %.4f: try a lower --learning-rate",
              guessing));
    }
  }
}
