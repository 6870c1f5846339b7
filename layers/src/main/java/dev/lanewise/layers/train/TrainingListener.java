// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/**
 * Receives the progress of a training, in the training thread, while no other thread can take a
 * checkpoint. {@link Trainer#checkpoint} may be called from either method, and includes what the
 * method reports.
 */
public interface TrainingListener {
  /**
   * A step has ended. Called very often: be quick.
   *
   * @param images how many images of this epoch have been trained on
   * @param meanLoss their mean loss
   */
  default void onStep(int images, double meanLoss) {}

  /**
   * An epoch and its validation have ended.
   *
   * @param report its figures
   */
  default void onEpoch(EpochReport report) {}

  /**
   * This listener, then another. If this one throws an exception, the other hears nothing.
   *
   * @param next receives each report after this one
   * @return both
   */
  default TrainingListener then(TrainingListener next) {
    TrainingListener first = this;
    return new TrainingListener() {
      @Override
      public void onStep(int images, double meanLoss) {
        first.onStep(images, meanLoss);
        next.onStep(images, meanLoss);
      }

      @Override
      public void onEpoch(EpochReport report) {
        first.onEpoch(report);
        next.onEpoch(report);
      }
    };
  }
}
