// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import static org.junit.jupiter.api.Assertions.fail;

/** What a sum in single precision may be off by, whatever the order of its terms. */
public final class Bound {
  private Bound() {}

  /**
   * {@code |error| <= (k + 2) * 2^-24 * sum |a||b|}: on its way to the result each of k products is
   * rounded at most k times, and the powers of {@code 1 + 2^-24} need less than two more up to k =
   * 8,000.
   *
   * @param k roundings of a term
   * @param magnitudes the sum of the magnitudes of the terms
   */
  public static void assertWithin(
      double exact, double magnitudes, int k, float actual, String what) {
    double bound = (k + 2) * 0x1p-24 * magnitudes;
    double error = Math.abs(actual - exact);
    if (!(error <= bound)) {
      fail(what + " should be " + exact + ", is off by " + error + ", more than " + bound);
    }
  }
}
