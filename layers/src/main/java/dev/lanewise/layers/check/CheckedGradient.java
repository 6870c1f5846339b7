// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** A tensor and the gradient that a backward pass gave for it, to be compared with differences. */
record CheckedGradient(String name, Tensor tensor, float[] gradient) {
  /** One element of this many may stay undecided. */
  private static final int UNDECIDED = 10;

  /**
   * What a comparison that passed has seen.
   *
   * @param compared elements
   * @param undecided elements
   * @param deviation as a part of the largest derivative
   */
  record Outcome(int compared, int undecided, double deviation) {}

  /**
   * Compares.
   *
   * @param elements how many at most
   * @param resolution the part of the largest derivative that a derivative may be off by
   * @throws AssertionError if the gradient is wrong, or too much of it cannot be told
   */
  Outcome compare(
      NumericalGradient differences, int elements, double resolution, RandomStream random) {
    float largest = Values.largest(gradient);
    if (!Float.isFinite(largest)) {
      throw new AssertionError("gradient of " + name + ": backward gives " + largest);
    }
    int[] chosen = choose(elements, random);
    float largestStep = largestStep();
    NumericalGradient.Derivative[] derivatives = new NumericalGradient.Derivative[chosen.length];
    double scale = largest;
    for (int c = 0; c < chosen.length; c++) {
      int at = tensor.offset + chosen[c];
      double goal = resolution / 2 * scale;
      derivatives[c] = differences.at(tensor.data, at, largestStep, goal);
      double magnitude = Math.abs(derivatives[c].value());
      scale = Double.isFinite(magnitude) ? Math.max(scale, magnitude) : scale;
    }
    double allowed = resolution * scale;
    int undecided = 0;
    int wrong = 0;
    int worst = 0;
    double worstDeviation = 0;
    for (int c = 0; c < chosen.length; c++) {
      NumericalGradient.Derivative d = derivatives[c];
      double deviation = Math.abs(gradient[chosen[c]] - d.value());
      boolean agrees = deviation <= allowed; // false where a step has left the function's domain
      if (d.noise() > allowed || !agrees && !(deviation > d.corner())) {
        undecided++;
        continue;
      }
      wrong += agrees ? 0 : 1;
      if (deviation > worstDeviation) {
        worstDeviation = deviation;
        worst = c;
      }
    }
    if (wrong > 0) {
      NumericalGradient.Derivative d = derivatives[worst];
      throw new AssertionError(
          String.format(
              Locale.ROOT,
              "gradient of %s: backward gives %s, differences %s +- %.1e (step %.1e); %d of %d differ",
              Values.element(name, tensor, chosen[worst]),
              gradient[chosen[worst]],
              (float) d.value(),
              d.noise(),
              d.step(),
              wrong,
              chosen.length));
    }
    if (undecided * UNDECIDED > chosen.length) {
      throw new AssertionError(
          ("gradient of " + name + ": differences cannot tell " + undecided + " of ")
              + (chosen.length + " derivatives to within " + resolution)
              + (" of the largest, " + (float) scale + ": kinks or roundings are in the way"));
    }
    double deviation = worstDeviation == 0 ? 0 : worstDeviation / scale;
    return new Outcome(chosen.length - undecided, undecided, deviation);
  }

  private int[] choose(int most, RandomStream random) {
    int[] all = new int[tensor.size()];
    Arrays.setAll(all, i -> i);
    if (all.length > most) {
      random.shuffle(all);
    }
    return Arrays.copyOf(all, Math.min(all.length, most));
  }

  /** The power of two below the largest element, so that a step costs x hardly a bit. */
  private float largestStep() {
    float largest = Values.largest(Values.of(tensor));
    return largest == 0 ? 1 : Math.scalb(1f, Math.getExponent(largest));
  }
}
