// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;

/** Losses of a batch that is as large as its labels. */
public final class Losses {
  private Losses() {}

  /** The sum over the images; leaves the gradient of the mean. */
  public static double crossEntropy(int classes, Tensor logits, int[] labels, Tensor gradient) {
    return new SoftmaxCrossEntropy()
        .newPass(Shape.flat(classes), labels.length)
        .forwardBackward(labels.length, logits, Targets.of(labels), gradient);
  }
}
