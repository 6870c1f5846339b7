// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.layers.graph.Tensor;

/**
 * A count of steps that is kept in a tensor, as checkpoints need it: in two floats of 24 bits each,
 * since float integers are exact up to there.
 */
final class StepCounter {
  private static final long STEPS = 1L << 24;

  private final Tensor count = Tensor.zeros(2); // n % STEPS and n / STEPS

  /** The tensor itself. */
  Tensor tensor() {
    return count;
  }

  /** How many steps have been counted. */
  long get() {
    return (long) count.data[0] + STEPS * (long) count.data[1];
  }

  /** Counts one more. */
  void increment() {
    long next = get() + 1;
    count.data[0] = next % STEPS;
    count.data[1] = next / STEPS;
  }
}
