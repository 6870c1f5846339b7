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
   * Compares.
   *
   * @throws AssertionError if the gradient is wrong, or too much of it cannot be told
   */
  GradientCheck.Result compare(
      NumericalGradient differences, GradientCheck check, RandomStream random) {
    float largest = largest(gradient);
    if (!Float.isFinite(largest)) {
      throw new AssertionError("gradient of " + name + ": backward gives " + largest);
    }
    int[] chosen = choose(check.elements(), random);
    float largestStep = largestStep();
    NumericalGradient.Derivative[] derivatives = new NumericalGradient.Derivative[chosen.length];
    double scale = largest;
    for (int c = 0; c < chosen.length; c++) {
      int at = tensor.offset + chosen[c];
      double goal = check.resolution() / 2 * scale;
      derivatives[c] = differences.at(tensor.data, at, largestStep, goal);
      double magnitude = Math.abs(derivatives[c].value());
      scale = Double.isFinite(magnitude) ? Math.max(scale, magnitude) : scale;
    }
    double allowed = check.resolution() * scale;
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
              element(name, tensor, chosen[worst]),
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
              + (chosen.length + " derivatives to within " + check.resolution())
              + (" of the largest, " + (float) scale + ": kinks or roundings are in the way"));
    }
    double deviation = worstDeviation == 0 ? 0 : worstDeviation / scale;
    return new GradientCheck.Result(chosen.length - undecided, undecided, deviation);
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
    float largest = largest(GradientCheck.values(tensor));
    return largest == 0 ? 1 : Math.scalb(1f, Math.getExponent(largest));
  }

  /** The largest magnitude, or NaN if there is one. */
  static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Element i of a tensor, as in {@code weight[1, 2]}. */
  static String element(String name, Tensor tensor, int i) {
    int[] index = tensor.dims();
    int rest = i;
    for (int d = index.length - 1; d >= 0; d--) {
      int dim = index[d];
      index[d] = rest % dim;
      rest /= dim;
    }
    return name + Arrays.toString(index);
  }
}
