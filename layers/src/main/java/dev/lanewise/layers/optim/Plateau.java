// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/**
 * Lowers the learning rate when the validation loss no longer falls: PyTorch's ReduceLROnPlateau.
 * An epoch is better if its validation loss is below {@code best * (1 - threshold)}. After more
 * than {@code patience} epochs in a row that are not, the learning rate of the schedule is
 * multiplied by {@code factor} once more, for all further steps, but does not fall below {@code
 * least}.
 *
 * @param factor above 0 and at most 1
 * @param patience how many epochs in a row need not be better; 0 or more
 * @param threshold by what share of the best loss a better one is lower; from 0 to below 1
 * @param cooldown how many epochs after a reduction do not count; 0 or more
 * @param least a learning rate that is not undercut; 0 or more
 */
public record Plateau(double factor, int patience, double threshold, int cooldown, double least) {
  /** PyTorch's numbers: factor 0.1, patience 10, threshold 1e-4, no cooldown, no lower bound. */
  public Plateau() {
    this(0.1, 10, 1e-4, 0, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Plateau {
    Require.factor(factor);
    Require.notNegative("patience", patience);
    Require.share("threshold", threshold);
    Require.notNegative("cooldown", cooldown);
    Require.notNegative("least", least);
  }

  /**
   * The same with another factor.
   *
   * @param factor what the rate is multiplied by, above 0 and at most 1
   * @return the new description
   */
  public Plateau factor(double factor) {
    return new Plateau(factor, patience, threshold, cooldown, least);
  }

  /**
   * The same with another patience.
   *
   * @param patience how many epochs in a row need not be better; 0 or more
   * @return the new description
   */
  public Plateau patience(int patience) {
    return new Plateau(factor, patience, threshold, cooldown, least);
  }

  /**
   * The same with another cooldown.
   *
   * @param cooldown how many epochs after a reduction do not count; 0 or more
   * @return the new description
   */
  public Plateau cooldown(int cooldown) {
    return new Plateau(factor, patience, threshold, cooldown, least);
  }

  /**
   * The same with another lower bound.
   *
   * @param least a learning rate that is not undercut; 0 or more
   * @return the new description
   */
  public Plateau least(double least) {
    return new Plateau(factor, patience, threshold, cooldown, least);
  }
}
