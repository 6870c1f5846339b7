// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import org.junit.jupiter.api.Test;

final class SoftmaxCrossEntropyTest {
  @Test
  void theLossAloneIsTheLossWithItsGradient() {
    Tensor logits = new Tensor(new float[2 + 35], 2, 5, 7);
    RandomStream random = new RandomStream(9);
    for (int i = 0; i < 35; i++) {
      logits.data[2 + i] = (float) (4 * random.nextDouble() - 2);
    }
    Targets targets = Targets.of(3, 0, 6, 3, 1);
    Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(7), 5);
    double sum = loss.forwardBackward(5, logits, targets, Tensor.zeros(5, 7));
    assertEquals(sum, loss.forward(5, logits, targets), 0.0);
  }

  @Test
  void aSmallerBatchIsItsOwnMean() {
    Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(2), 8);
    Tensor logits = Tensor.zeros(8, 2);
    Tensor dLogits = Tensor.zeros(8, 2);
    double sum = loss.forwardBackward(2, logits, Targets.of(0, 1), dLogits);
    assertEquals(2 * Math.log(2), sum, 1e-7);
    assertEquals(-0.25f, dLogits.data[0]);
    assertEquals(0.25f, dLogits.data[1]);
    assertEquals(0f, dLogits.data[4], "beyond the batch");
    assertEquals(0.0, loss.forwardBackward(0, logits, new Targets(0), dLogits));
  }

  @Test
  void wrongLabelsAndBatchesAreRefused() {
    Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(3), 2);
    Tensor logits = Tensor.zeros(9, 3);
    for (int label : new int[] {-1, 3}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> loss.forward(1, logits, Targets.of(label)))
              .getMessage();
      assertTrue(message.contains("from 0 to 2, but is " + label), message);
    }
    assertThrows(IllegalArgumentException.class, () -> loss.forward(3, logits, new Targets(3)));
    assertThrows(IllegalArgumentException.class, () -> loss.forward(2, logits, new Targets(1)));
    Tensor one = Tensor.zeros(1, 3); // its array is longer
    Tensor two = Tensor.zeros(2, 3);
    assertThrows(IllegalArgumentException.class, () -> loss.forward(2, one, new Targets(2)));
    assertThrows(
        IllegalArgumentException.class, () -> loss.forwardBackward(2, two, new Targets(2), one));
    assertThrows(
        IllegalArgumentException.class,
        () -> loss.forwardBackward(3, logits, new Targets(3), Tensor.zeros(3, 3)));
    assertThrows(
        IllegalArgumentException.class, () -> new SoftmaxCrossEntropy().newPass(Shape.flat(3), 0));
    assertThrows(
        IllegalArgumentException.class, () -> new SoftmaxCrossEntropy().newPass(Shape.flat(0), 2));
  }
}
