// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/**
 * Which epoch of a training is the best by its validation, and when to stop because none better
 * comes: early stopping. {@link Trainer#best} is the network as it was after the best epoch.
 * Immutable.
 *
 * @param measure what is compared
 * @param margin by how much an epoch must be better than the best one to count; at least 0
 * @param patience after how many epochs in a row that were not better the training stops; 0: never
 */
public record BestEpoch(Measure measure, double margin, int patience) {
  /** A figure of the validation. */
  public enum Measure {
    /** The mean loss: the lowest is the best. */
    LOSS,
    /** The share of images that are classified correctly: the highest is the best. */
    ACCURACY
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the margin is negative or not finite, or the patience
   *     negative
   */
  public BestEpoch {
    if (!(margin >= 0 && margin < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the margin must be finite and at least 0, but is " + margin);
    }
    if (patience < 0) {
      throw new IllegalArgumentException("the patience must be at least 0, but is " + patience);
    }
  }

  /**
   * The epoch with the lowest validation loss.
   *
   * @return without a margin; the training does not stop
   */
  public static BestEpoch byLoss() {
    return new BestEpoch(Measure.LOSS, 0, 0);
  }

  /**
   * The epoch with the highest validation accuracy; of equal ones the first.
   *
   * @return without a margin; the training does not stop
   */
  public static BestEpoch byAccuracy() {
    return new BestEpoch(Measure.ACCURACY, 0, 0);
  }

  /**
   * The same with a margin.
   *
   * @param margin by how much an epoch must be better to count
   * @return the new rule
   */
  public BestEpoch margin(double margin) {
    return new BestEpoch(measure, margin, patience);
  }

  /**
   * The same with early stopping.
   *
   * @param epochs after how many in a row that were not better the training stops; 0: never
   * @return the new rule
   */
  public BestEpoch patience(int epochs) {
    return new BestEpoch(measure, margin, epochs);
  }

  /** The figure, so that less is better. */
  double of(Evaluation validation) {
    return measure == Measure.LOSS ? validation.loss() : -validation.accuracy();
  }
}
