// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

/** The logistic function in double precision. */
final class Sigmoids {
  private Sigmoids() {}

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double slope(double x) {
    return sigmoid(x) * sigmoid(-x);
  }
}
