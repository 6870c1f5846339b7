// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.BinaryCrossEntropy;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.metric.MeanLoss;
import dev.lanewise.layers.metric.RocAuc;
import dev.lanewise.layers.metric.TopKAccuracy;
import dev.lanewise.layers.models.Models;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertEquals(2 * 3.0 / (5 + 4), e.f1(0));
    assertEquals(2 * 4.0 / (5 + 6), e.f1(1));
    assertEquals(Double.NaN, e.f1(2));
    assertEquals(0, e.overflowed());
    assertEquals(
        "no metric 'top5' was taken; there are []",
        assertThrows(IllegalArgumentException.class, () -> e.metric("top5")).getMessage());
  }

  /** The same whatever the number of threads: the outputs are, and the rest is of one thread. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void metricsAreTakenInTheSamePass(int threads) {
    Network network = Models.simple(new Shape(8, 8, 1), 4);
    network.initialize(3);
    Stripes data = new Stripes(250, 8, 2);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      data.recording();
      Evaluation e =
          Evaluation.of(
              network,
              data,
              new SoftmaxCrossEntropy(),
              Transform.NONE,
              team,
              new TopKAccuracy(2),
              new MeanLoss("smoothed", new SoftmaxCrossEntropy().labelSmoothing(0.1)),
              new TopKAccuracy(1),
              new TopKAccuracy(4));
      assertEquals(250, data.copied.size());
      assertEquals(List.of("top2", "smoothed", "top1", "top4"), List.copyOf(e.metrics().keySet()));
      assertEquals(e.accuracy(), e.metric("top1"));
      assertEquals(1, e.metric("top4"));
      assertTrue(e.accuracy() < e.metric("top2") && e.metric("top2") < 1);
      assertEquals(
          Evaluation.of(
                  network,
                  data,
                  new SoftmaxCrossEntropy().labelSmoothing(0.1),
                  Transform.NONE,
                  WorkerTeam.single())
              .loss(),
          e.metric("smoothed"));
    }
  }

  @Test
  void whatCannotBeTakenIsRefusedBeforeATrainingBegins() {
    TrainerBuilder builder =
        TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 5, 0.1f)
            .validation(new Stripes(8, 8, 1))
            .metrics(new RocAuc());
    assertEquals(
        "rocAuc is of two classes, but the network has 4 outputs",
        assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    builder.metrics(new TopKAccuracy(2), new TopKAccuracy(2));
    assertEquals(
        "there are two metrics 'top2'",
        assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    double[] top2 = new double[1];
    builder
        .metrics(new TopKAccuracy(2))
        .build()
        .fit(
            1,
            new Stripes(10, 8, 1),
            new TrainingListener() {
              @Override
              public void onEpoch(EpochReport report) {
                top2[0] = report.validation().metric("top2");
              }
            });
    assertTrue(top2[0] > 0);
  }

  /** One output tells two classes apart: by its sign, or for a regression at one half. */
  @Test
  void oneOutputIsTwoClasses() {
    Network network = new Network(new Shape(1, 1, 1), new Dense(1));
    network.parameters().get("0.weight").value().data[0] = 1;
    float[] x = {-1, 0.25f, 0.75f, 2};
    FloatDataset data = new FloatDataset(new Shape(1, 1, 1), 2, x, new int[] {0, 0, 1, 1});
    Evaluation logits =
        Evaluation.of(
            network,
            data,
            new BinaryCrossEntropy(),
            Transform.NONE,
            WorkerTeam.single(),
            new RocAuc());
    assertArrayEquals(new long[][] {{1, 1}, {0, 2}}, logits.confusion());
    assertEquals(1, logits.metric("rocAuc"));
    Evaluation numbers =
        Evaluation.of(network, data, new MeanSquaredError(), Transform.NONE, WorkerTeam.single());
    assertArrayEquals(new long[][] {{2, 0}, {0, 2}}, numbers.confusion());
    assertEquals((1 + 0.0625 + 0.0625 + 1) / 4, numbers.loss());
    assertEquals(
        "the network has 1 output, too few for 2 classes",
        assertThrows(
                IllegalArgumentException.class,
                () -> Evaluation.of(network, data, WorkerTeam.single()))
            .getMessage());
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
      assertArrayEquals(confusion[c], e.confusion()[c]);
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
