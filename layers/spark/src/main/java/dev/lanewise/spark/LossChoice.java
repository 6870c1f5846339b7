// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.loss.Huber;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.MeanAbsoluteError;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import java.io.Serializable;

/**
 * A loss by name.
 *
 * @param name one of {@link #REGRESSION}, or empty for that of a classification
 * @param delta of {@code huber}
 */
record LossChoice(String name, double delta) implements Serializable {
  static final LossChoice CLASSIFICATION = new LossChoice("", 1);

  /** Losses of a regression. */
  static final String[] REGRESSION = {"mse", "mae", "huber"};

  Loss loss() {
    return switch (name) {
      case "mse" -> new MeanSquaredError();
      case "mae" -> new MeanAbsoluteError();
      case "huber" -> new Huber(delta);
      default -> new SoftmaxCrossEntropy();
    };
  }

  /** As part of the identity of a training; nothing of a classification. */
  @Override
  public String toString() {
    return switch (name) {
      case "" -> "";
      case "huber" -> name + " " + delta + " ";
      default -> name + " ";
    };
  }
}
