// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

/** Checks of the kind of targets. */
final class Expect {
  private Expect() {}

  /** Labels, where they are expected; else values. */
  static void labels(Metric metric, boolean expected, boolean actual) {
    if (expected != actual) {
      throw new IllegalArgumentException(
          (metric.name() + " needs " + (expected ? "labels" : "values") + " as targets, not ")
              + (actual ? "labels" : "values"));
    }
  }
}
