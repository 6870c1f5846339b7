// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

/** Checks of the numbers that describe optimizers and schedules. */
final class Require {
  private Require() {}

  /** Of a share that is kept, such as a momentum: from 0 to below 1. */
  static void share(String name, double value) {
    check(value >= 0 && value < 1, name, "from 0 to below 1", value);
  }

  /** Of two running means. */
  static void betas(double beta1, double beta2) {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "beta1 and beta2 must be from 0 to below 1, but are " + beta1 + " and " + beta2);
    }
  }

  /** From 0 to 1. */
  static void unit(String name, double value) {
    check(value >= 0 && value <= 1, name, "from 0 to 1", value);
  }

  /** Above 0, as a float too. */
  static void positive(String name, double value) {
    check(
        (float) value > 0 && (float) value < Float.POSITIVE_INFINITY,
        name,
        "finite and positive",
        value);
  }

  /** 0 or above, as a float too. */
  static void notNegative(String name, double value) {
    check(
        value >= 0 && (float) value < Float.POSITIVE_INFINITY,
        name,
        "finite and not negative",
        value);
  }

  /** A number of steps. */
  static void positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }

  private static void check(boolean fits, String name, String range, double value) {
    if (!fits) {
      throw new IllegalArgumentException(name + " must be " + range + ", but is " + value);
    }
  }

  /** A learning rate to begin with. */
  static void rate(double rate) {
    positive("the learning rate", rate);
  }

  /** A step that a schedule has. */
  static void step(long step, long last) {
    if (step < 0) {
      throw new IllegalArgumentException("a step must not be negative, but is " + step);
    }
    if (step > last) {
      throw new IllegalArgumentException(
          "the schedule ends with step " + last + ", there is no step " + step);
    }
  }

  /** What a rate is multiplied by: above 0, not above 1. */
  static void factor(double factor) {
    check(factor > 0 && factor <= 1, "factor", "above 0 and at most 1", factor);
  }
}
