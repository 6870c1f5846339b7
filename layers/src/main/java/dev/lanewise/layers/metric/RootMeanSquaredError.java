// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.Targets;

/**
 * The root of the mean of the squared errors of all outputs, in the unit of the target values. Of a
 * data set as a whole, not a mean of those of its batches.
 */
public record RootMeanSquaredError() implements Metric {
  @Override
  public String name() {
    return "rmse";
  }

  @Override
  public Counter newCounter(Shape output, boolean labels) {
    Expect.labels(this, false, labels);
    Counter squared = new MeanLoss("mse", new MeanSquaredError()).newCounter(output, false);
    return new Counter() {
      @Override
      public void add(int batch, Tensor y, Targets targets) {
        squared.add(batch, y, targets);
      }

      @Override
      public double value() {
        return Math.sqrt(squared.value());
      }
    };
  }
}
