// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;

/**
 * The area under the receiver operating characteristic of two classes: the probability that an
 * image of class 1 gets a higher score than one of class 0, where equal scores count half (Hanley
 * and McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC)
 * Curve", 1982). Exact: the pairs are counted, by sorting.
 *
 * <p>The score is the output of a network of one output, and of two the second less the first,
 * which are in the order of the probabilities of class 1. The targets are labels; or, for one
 * output, the values 0 and 1. NaN if a class has no image, or a score is NaN.
 */
public record RocAuc() implements Metric {
  @Override
  public String name() {
    return "rocAuc";
  }

  @Override
  public Counter newCounter(Shape output, boolean labels) {
    if (output.size() > 2) {
      throw new IllegalArgumentException(
          name() + " is of two classes, but the network has " + output.size() + " outputs");
    }
    if (output.size() == 2) {
      Expect.labels(this, true, labels);
    }
    return new Count(output.size());
  }

  private static final class Count implements Counter {
    private final int outputs;
    private final double[][] scores = {new double[64], new double[64]}; // [class][n]
    private final int[] count = new int[2]; // [class]

    Count(int outputs) {
      this.outputs = outputs;
    }

    @Override
    public void add(int batch, Tensor y, Targets targets) {
      for (int i = 0; i < batch; i++) {
        int c = classOf(i, targets);
        int at = y.offset + i * outputs;
        // The difference of two floats is taken as a double, lest others become equal.
        double score = outputs == 1 ? y.data[at] : (double) y.data[at + 1] - y.data[at];
        if (count[c] == scores[c].length) {
          scores[c] = Arrays.copyOf(scores[c], Math.multiplyExact(2, count[c]));
        }
        scores[c][count[c]++] = score;
      }
    }

    private static int classOf(int image, Targets targets) {
      if (!targets.hasValues()) {
        int label = targets.labels()[image];
        if (label != 0 && label != 1) {
          throw new IllegalArgumentException(
              "label " + image + " must be 0 or 1 for rocAuc, but is " + label);
        }
        return label;
      }
      float value = targets.values().data[targets.values().offset + image];
      if (value != 0 && value != 1) {
        throw new IllegalArgumentException(
            "target value of image " + image + " must be 0 or 1 for rocAuc, but is " + value);
      }
      return (int) value;
    }

    @Override
    public double value() {
      double[] no = Arrays.copyOf(scores[0], count[0]);
      double[] yes = Arrays.copyOf(scores[1], count[1]);
      Arrays.sort(no);
      Arrays.sort(yes); // NaN last
      if (no.length == 0
          || yes.length == 0
          || Double.isNaN(no[no.length - 1])
          || Double.isNaN(yes[yes.length - 1])) {
        return Double.NaN;
      }
      long halves = 0; // two for each pair in order, one for each pair of equals
      int below = 0;
      int upTo = 0;
      for (double score : yes) {
        while (below < no.length && no[below] < score) {
          below++;
        }
        while (upTo < no.length && no[upTo] <= score) {
          upTo++;
        }
        halves += below + upTo;
      }
      return halves / (2.0 * no.length * yes.length);
    }
  }
}
