// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.cases.Oracle.Bounded;
import java.util.Arrays;

/** The derivative of the loss in double precision. */
public final class CrossEntropy {
  private CrossEntropy() {}

  /** The gradient of {@link dev.lanewise.layers.Doubles#meanCrossEntropy}; z: [N, classes]. */
  public static Bounded gradient(int classes, double[] z, int[] labels) {
    double[] dz = new double[z.length];
    double[] error = new double[z.length];
    for (int n = 0; n < labels.length; n++) {
      double[] row = Arrays.copyOfRange(z, n * classes, (n + 1) * classes);
      double sum = Arrays.stream(row).map(Math::exp).sum();
      double spread = Arrays.stream(row).max().orElse(0) - Arrays.stream(row).min().orElse(0);
      for (int j = 0; j < classes; j++) {
        double p = Math.exp(row[j]) / sum;
        dz[n * classes + j] = (p - (j == labels[n] ? 1 : 0)) / labels.length;
        // Shift, exponential, sum and division round p, the subtraction numbers up to 1.
        double roundings = (8 + spread / 16) * p + 1;
        error[n * classes + j] = roundings * Oracle.UNIT / labels.length;
      }
    }
    return new Bounded(dz, error);
  }
}
