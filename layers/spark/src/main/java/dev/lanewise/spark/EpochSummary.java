// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;

/**
 * How an epoch went.
 *
 * @param epoch its number, from 1
 * @param trainLoss the mean loss of its steps, of rows with weights each times its own
 * @param validationLoss the same of the rows held out; NaN if there are none
 * @param validationAccuracy the share of them that is classified correctly; NaN if there are none,
 *     or in a regression
 */
public record EpochSummary(
    int epoch, double trainLoss, double validationLoss, double validationAccuracy)
    implements Serializable {
  /** As a line of a checkpoint, to the last bit. */
  String line() {
    return String.join(
        " ",
        Integer.toString(epoch),
        Double.toHexString(trainLoss),
        Double.toHexString(validationLoss),
        Double.toHexString(validationAccuracy));
  }

  static EpochSummary of(String line) {
    String[] parts = line.split(" ");
    return new EpochSummary(
        Integer.parseInt(parts[0]),
        Double.parseDouble(parts[1]),
        Double.parseDouble(parts[2]),
        Double.parseDouble(parts[3]));
  }
}
