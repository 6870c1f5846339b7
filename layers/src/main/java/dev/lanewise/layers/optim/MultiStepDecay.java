// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import java.util.Arrays;
import java.util.List;

/**
 * A rate that falls at certain steps, the milestones: {@code rate * factor^n}, where n milestones
 * have been reached. PyTorch's MultiStepLR.
 *
 * @param rate of the first steps
 * @param factor what each milestone multiplies it by, from above 0 to 1
 * @param milestones the steps from which on it is lower, in rising order
 */
public record MultiStepDecay(double rate, double factor, List<Long> milestones)
    implements Schedule {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range, or a milestone is not positive or
   *     not above the one before
   */
  public MultiStepDecay {
    Require.rate(rate);
    Require.factor(factor);
    milestones = List.copyOf(milestones);
    long before = 0;
    for (long milestone : milestones) {
      if (milestone <= before) {
        throw new IllegalArgumentException(
            "milestones must be positive and rise, but are " + milestones);
      }
      before = milestone;
    }
  }

  /**
   * The same with milestones one by one.
   *
   * @param rate of the first steps
   * @param factor what each milestone multiplies it by, from above 0 to 1
   * @param milestones the steps from which on it is lower, in rising order
   */
  public MultiStepDecay(double rate, double factor, long... milestones) {
    this(rate, factor, Arrays.stream(milestones).boxed().toList());
  }

  @Override
  public float rate(long step) {
    Require.step(step, last());
    int reached = 0;
    while (reached < milestones.size() && step >= milestones.get(reached)) {
      reached++;
    }
    return (float) (rate * StrictMath.pow(factor, reached));
  }
}
