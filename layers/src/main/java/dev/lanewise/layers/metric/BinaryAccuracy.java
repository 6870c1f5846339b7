// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * The share of outputs, of all images together, that say yes where the target value is above one
 * half, and no elsewhere: for images with any number of labels.
 *
 * @param threshold above it an output says yes
 */
public record BinaryAccuracy(float threshold) implements Metric {
  /** For logits: above 0, where the probability is above one half. */
  public BinaryAccuracy() {
    this(0);
  }

  @Override
  public String name() {
    return "binaryAccuracy";
  }

  @Override
  public Counter newCounter(Shape output, boolean labels) {
    Expect.labels(this, false, labels);
    return new Count(output.size());
  }

  private final class Count implements Counter {
    private final int outputs;
    private long right;
    private long count;

    Count(int outputs) {
      this.outputs = outputs;
    }

    @Override
    public void add(int batch, Tensor y, Targets targets) {
      Tensor t = targets.values();
      for (int i = 0; i < batch * outputs; i++) {
        boolean yes = y.data[y.offset + i] > threshold;
        right += yes == t.data[t.offset + i] > 0.5f ? 1 : 0;
      }
      count += (long) batch * outputs;
    }

    @Override
    public double value() {
      return (double) right / count;
    }
  }
}
