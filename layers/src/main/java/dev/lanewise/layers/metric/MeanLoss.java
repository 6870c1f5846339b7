// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.Targets;

/**
 * A loss as a metric, whichever the network was trained with: {@code new MeanLoss("mae", new
 * MeanAbsoluteError())}.
 *
 * @param name what the figure is called
 * @param loss what is taken
 */
public record MeanLoss(String name, Loss loss) implements Metric {
  @Override
  public Counter newCounter(Shape output, boolean labels) {
    loss.newPass(output, 1); // refuses outputs that the loss does not accept
    return new Count(output);
  }

  private final class Count implements Counter {
    private final Shape output;
    private Loss.Pass pass;
    private int room; // the largest batch of the pass
    private double sum;
    private long count;

    Count(Shape output) {
      this.output = output;
    }

    @Override
    public void add(int batch, Tensor y, Targets targets) {
      if (batch > room) {
        pass = loss.newPass(output, batch);
        room = batch;
      }
      if (batch > 0) {
        sum += pass.forward(batch, y, targets);
        count += batch;
      }
    }

    @Override
    public double value() {
      return sum / count;
    }
  }
}
