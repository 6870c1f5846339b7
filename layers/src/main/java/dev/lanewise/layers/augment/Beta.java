// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.graph.RandomStream;

/**
 * Numbers of the distribution Beta(alpha, alpha), which lie between 0 and 1: around 1/2 for large
 * alpha, uniformly for 1, and at both ends for small.
 *
 * <p>Up to 1 by Jöhnk ("Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964), in
 * logarithms, where powers would be 0; else as a share of two gamma variables, by Marsaglia and
 * Tsang ("A simple method for generating gamma variables", 2000). Elementary functions are those of
 * {@link StrictMath}, so that all machines draw the same.
 */
record Beta(double alpha) {
  private static final double LEAST = 1e-3;
  private static final double MOST = 1e3;

  Beta {
    Range.number("alpha", alpha, LEAST, MOST);
  }

  double draw(RandomStream random) {
    if (alpha <= 1) {
      return johnk(random);
    }
    double x = gamma(random);
    return x / (x + gamma(random));
  }

  /** {@code x / (x + y)} for x and y, powers of uniform numbers, whose sum is at most 1. */
  private double johnk(RandomStream random) {
    while (true) {
      double x = StrictMath.log(1 - random.nextDouble()) / alpha;
      double y = StrictMath.log(1 - random.nextDouble()) / alpha;
      double most = Math.max(x, y);
      double sum = StrictMath.exp(x - most) + StrictMath.exp(y - most); // over e^most
      if (most + StrictMath.log(sum) <= 0) {
        return StrictMath.exp(x - most) / sum;
      }
    }
  }

  private double gamma(RandomStream random) {
    double d = alpha - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double root = 1 + c * x;
      double v = root * root * root;
      double u = 1 - random.nextDouble();
      if (v > 0 && StrictMath.log(u) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }
}
