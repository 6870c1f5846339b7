// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/**
 * The figures of one epoch.
 *
 * @param epoch from 1
 * @param trainLoss mean loss over the epoch's steps, each taken before its update
 * @param validation the result on held-out images; {@code null} without any
 * @param images how many images were trained on
 * @param trainSeconds wall-clock time of the training steps
 * @param seconds the same with validation
 */
public record EpochReport(
    int epoch,
    double trainLoss,
    Evaluation validation,
    int images,
    double trainSeconds,
    double seconds) {
  /**
   * Training speed.
   *
   * @return images per second, validation not included
   */
  public double imagesPerSecond() {
    return images / trainSeconds;
  }
}
