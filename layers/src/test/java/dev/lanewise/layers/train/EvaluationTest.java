package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.models.Models;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class EvaluationTest {
  @Test
  void figuresOfAConfusionMatrix() {
    Evaluation e = new Evaluation(0.5, new long[][] {{3, 1, 0}, {2, 4, 0}, {0, 0, 0}});
    assertEquals(10, e.count());
    assertEquals(0.7, e.accuracy());
    assertEquals(3.0 / 5, e.precision(0));
    assertEquals(4.0 / 5, e.precision(1));
    assertEquals(Double.NaN, e.precision(2));
    assertEquals(3.0 / 4, e.recall(0));
    assertEquals(4.0 / 6, e.recall(1));
    assertEquals(Double.NaN, e.recall(2));
  }

  @Test
  void nothingToEvaluate() {
    Network network = Models.simple(new Shape(8, 8, 1), 4);
    Evaluation e = Evaluation.of(network, new Stripes(0, 8, 1), WorkerTeam.single());
    assertEquals(0, e.count());
    assertTrue(Double.isNaN(e.loss()) && Double.isNaN(e.accuracy()));
  }

  /** 250 images are three batches, the last of 50; image by image the result must be the same. */
  @Test
  void batchesAddUp() {
    Network network = Models.simple(new Shape(8, 8, 1), 4);
    network.initialize(3);
    Stripes data = new Stripes(250, 8, 2);
    Evaluation e = Evaluation.of(network, data, WorkerTeam.single());
    long[][] confusion = new long[4][4];
    double loss = 0;
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    int[] label = new int[1];
    for (int n = 0; n < 250; n++) {
      data.copy(new int[] {n}, 0, 1, pass.input().data, pass.input().offset, label, 0);
      Tensor z = pass.forward(1);
      int best = 0;
      double sum = 0;
      for (int c = 0; c < 4; c++) {
        best = z.data[z.offset + c] > z.data[z.offset + best] ? c : best;
        sum += Math.exp(z.data[z.offset + c]);
      }
      confusion[label[0]][best]++;
      loss += Math.log(sum) - z.data[z.offset + label[0]];
    }
    assertEquals(loss / 250, e.loss(), 1e-6);
    for (int c = 0; c < 4; c++) {
      org.junit.jupiter.api.Assertions.assertArrayEquals(confusion[c], e.confusion()[c]);
    }
  }

  /** The weights are finite; an output that is not makes what follows from it worthless. */
  @Test
  void imagesWhoseOutputsOverflowAreCounted() {
    Network network = Models.simple(new Shape(8, 8, 1), 4);
    network.initialize(3);
    Stripes data = new Stripes(150, 8, 2);
    assertEquals(0, Evaluation.of(network, data, WorkerTeam.single()).overflowed());
    for (Parameter parameter : network.parameters().values()) {
      Arrays.fill(parameter.value().data, 3e38f);
    }
    Evaluation e = Evaluation.of(network, data, WorkerTeam.single());
    assertEquals(150, e.overflowed());
    assertTrue(Double.isNaN(e.loss()));
    assertEquals(150, e.count());
  }
}
