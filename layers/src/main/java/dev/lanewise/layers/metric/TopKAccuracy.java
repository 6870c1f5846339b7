// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * The share of labelled images whose class is among the k largest outputs. Of equal outputs the
 * first is the larger, so that with k = 1 this is the accuracy.
 *
 * @param k at least 1
 */
public record TopKAccuracy(int k) implements Metric {
  /**
   * Checks k.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public TopKAccuracy {
    if (k < 1) {
      throw new IllegalArgumentException("k must be positive, but is " + k);
    }
  }

  @Override
  public String name() {
    return "top" + k;
  }

  @Override
  public Counter newCounter(Shape output, boolean labels) {
    Expect.labels(this, true, labels);
    int least = Math.max(2, k); // a single output tells classes apart by its sign
    if (output.size() < least) {
      throw new IllegalArgumentException(
          name() + " needs " + least + " outputs or more, but the network has " + output.size());
    }
    return new Count(output.size());
  }

  private final class Count implements Counter {
    private final int classes;
    private long found;
    private long count;

    Count(int classes) {
      this.classes = classes;
    }

    @Override
    public void add(int batch, Tensor y, Targets targets) {
      for (int i = 0; i < batch; i++) {
        found += rank(y.data, y.offset + i * classes, targets.labels()[i]) < k ? 1 : 0;
      }
      count += batch;
    }

    /** How many outputs are larger than that of the label. NaN is larger than all. */
    private int rank(float[] y, int from, int label) {
      float own = y[from + label];
      int larger = 0;
      for (int c = 0; c < classes; c++) {
        boolean smaller = y[from + c] < own || y[from + c] == own && c >= label;
        larger += smaller ? 0 : 1;
      }
      return larger;
    }

    @Override
    public double value() {
      return (double) found / count;
    }
  }
}
