// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.data.Subset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.BinaryCrossEntropy;
import dev.lanewise.layers.loss.Huber;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.loss.WeightPenalty;
import dev.lanewise.layers.metric.BinaryAccuracy;
import dev.lanewise.layers.metric.RootMeanSquaredError;
import dev.lanewise.layers.optim.Optimizer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on images whose targets are values. */
final class ValueTargetsTest {
  private static final Stripes LABELLED = new Stripes(90, 8, 3);

  /** The same images with one-hot vectors in place of labels. */
  static FloatDataset oneHot(Dataset labelled) {
    int size = labelled.size();
    float[] x = new float[size * labelled.shape().size()];
    int[] labels = new int[size];
    labelled.copy(IntStream.range(0, size).toArray(), 0, size, x, 0, labels, 0);
    float[] values = new float[size * labelled.classes()];
    for (int i = 0; i < size; i++) {
      values[i * labelled.classes() + labels[i]] = 1;
    }
    return new FloatDataset(labelled.shape(), labelled.classes(), x, values);
  }

  private static Network trained(Dataset train, Dataset validation, WorkerTeam team) {
    Network network = TrainerTest.simple(8);
    TrainerBuilder builder = TrainerTest.builder(network, team, 20, 0.1f);
    double[] losses = new double[2];
    (validation == null ? builder : builder.validation(validation))
        .build()
        .fit(
            1,
            train,
            new TrainingListener() {
              @Override
              public void onEpoch(EpochReport report) {
                losses[0] = report.trainLoss();
                assertEquals(validation == null, report.validation() == null);
              }
            });
    assertTrue(losses[0] > 0 && losses[0] < 2);
    return network;
  }

  /** With a validation, and without, where the targets of the last batch are kept. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void oneHotVectorsTrainAsLabelsDo(int threads) {
    FloatDataset values = oneHot(LABELLED);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network expected = trained(LABELLED, LABELLED.slice(0, 7), team);
      for (Dataset validation : new Dataset[] {null, values.slice(80, 90)}) {
        Network network = trained(values, validation, team);
        expected
            .parameters()
            .forEach(
                (name, p) ->
                    assertArrayEquals(p.value().data, network.parameters().get(name).value().data));
      }
    }
  }

  @Test
  void anEvaluationHasALossButNoConfusion() {
    Network network = TrainerTest.simple(8);
    Evaluation e = Evaluation.of(network, oneHot(LABELLED), WorkerTeam.single());
    assertEquals(Evaluation.of(network, LABELLED, WorkerTeam.single()).loss(), e.loss());
    assertEquals(90, e.count());
    assertEquals(0, e.confusion().length);
    assertTrue(Double.isNaN(e.accuracy()));
  }

  @Test
  void theLastBatchKeepsItsValues() {
    Network network = TrainerTest.simple(8);
    WorkerTeam team = WorkerTeam.single();
    Optimizer none = (parameters, workers) -> learningRate -> {};
    TrainingStep step = new TrainingStep(network, none, new MeanSquaredError(), 10, 1, team);
    new Batches(team)
        .copy(oneHot(LABELLED), new int[] {3, 1, 4, 1, 5}, 0, 5, step.input(), step.targets());
    LastBatch last = new LastBatch(network, new MeanSquaredError(), 10, team);
    last.keep(step, 5);
    assertEquals(step.gradients(5, 0) / 5, last.loss());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void aBatchHasTheValuesOfItsImages(int threads) {
    float[] values = new float[60];
    for (int i = 0; i < 60; i++) {
      values[i] = i;
    }
    FloatDataset all =
        new FloatDataset(LABELLED.shape(), 3, new float[20 * LABELLED.shape().size()], values);
    Dataset data = new Subset(all.slice(1, 20), 4, 9, 0, 7).slice(1, 4); // images 10, 1, 8
    Targets targets = new Targets(5, 3);
    Arrays.fill(targets.useValues().data, -1f);
    targets.useLabels();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      new Batches(team)
          .copy(data, new int[] {1, 2, 0, 1}, 1, 3, Tensor.zeros(5, data.shape()), targets);
      assertArrayEquals(
          new float[] {24, 25, 26, 30, 31, 32, 3, 4, 5, -1, -1, -1, -1, -1, -1},
          Arrays.copyOf(targets.values().data, 15));
      new Batches(team).copy(LABELLED, new int[] {1}, 0, 1, Tensor.zeros(5, data.shape()), targets);
      assertEquals(LABELLED.label(1), targets.labels()[0]);
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new Batches(team)
                  .copy(data, new int[1], 0, 1, Tensor.zeros(5, data.shape()), new Targets(5, 2)));
    }
  }

  /** What is to be learnt is linear, so least squares find it. */
  @Test
  void aRegressionLearns() {
    RandomStream random = new RandomStream(3);
    float[] x = new float[200 * 3];
    float[] wanted = new float[200 * 2];
    for (int i = 0; i < 200; i++) {
      for (int j = 0; j < 3; j++) {
        x[3 * i + j] = (float) random.nextGaussian();
      }
      wanted[2 * i] = 2 * x[3 * i] - x[3 * i + 2] + 0.5f;
      wanted[2 * i + 1] = x[3 * i + 1] - 1;
    }
    Dataset data = new FloatDataset(Shape.flat(3), 2, x, wanted);
    for (Loss loss : new Loss[] {new MeanSquaredError(), new Huber()}) {
      Network network = new Network(Shape.flat(3), new Dense(2));
      network.initialize(1);
      TrainerTest.builder(network, WorkerTeam.single(), 10, 0.1f)
          .loss(loss)
          .validation(data.slice(150, 200))
          .metrics(new RootMeanSquaredError())
          .build()
          .fit(
              20,
              data.slice(0, 150),
              new TrainingListener() {
                @Override
                public void onEpoch(EpochReport report) {
                  double rmse = report.validation().metric("rmse");
                  assertTrue(report.epoch() < 20 ? rmse > 0 : rmse < 1e-3, () -> "rmse " + rmse);
                }
              });
      float[] weight = network.parameters().get("0.weight").value().data;
      assertArrayEquals(new float[] {2, 0, -1, 0, 1, 0}, Arrays.copyOf(weight, 6), 1e-3f);
    }
  }

  /** Each of the two labels says where a bright pixel is; both, one or none may hold. */
  @Test
  void severalLabelsAreLearnt() {
    RandomStream random = new RandomStream(4);
    float[] x = new float[400];
    float[] yes = new float[400];
    for (int i = 0; i < 400; i++) {
      x[i] = (float) random.nextDouble();
      yes[i] = x[i] > 0.5f ? 1 : 0;
    }
    Dataset data = new FloatDataset(Shape.flat(2), 2, x, yes);
    Network network = new Network(Shape.flat(2), new Dense(2));
    network.initialize(1);
    TrainerTest.builder(network, WorkerTeam.single(), 10, 1f)
        .loss(new BinaryCrossEntropy())
        .build()
        .fit(20, data);
    Evaluation e =
        Evaluation.of(
            network,
            data,
            new BinaryCrossEntropy(),
            Transform.NONE,
            WorkerTeam.single(),
            new BinaryAccuracy());
    assertTrue(e.metric("binaryAccuracy") > 0.95, e::toString);
  }

  @Test
  void aPenaltyIsInTheLossAndInTheGradients() {
    Stripes data = new Stripes(10, 8, 5);
    WeightPenalty penalty = new WeightPenalty().l2(0.5);
    Optimizer none = (parameters, team) -> learningRate -> {};
    Network network = TrainerTest.simple(8);
    float[][] gradients = new float[2][];
    double[] sums = new double[2];
    double squares = 0;
    for (int i = 0; i < 2; i++) {
      TrainingStep step =
          new TrainingStep(
              network,
              none,
              new SoftmaxCrossEntropy(),
              i == 0 ? null : penalty,
              10,
              1,
              WorkerTeam.single());
      new Batches(WorkerTeam.single())
          .copy(data, IntStream.range(0, 10).toArray(), 0, 10, step.input(), step.targets());
      sums[i] = step.gradients(10, 0);
      gradients[i] = network.parameters().get("0.weight").grad().data.clone();
    }
    for (var p : network.parameters().values()) {
      for (int j = 0; p.value().dims().length > 1 && j < p.value().size(); j++) {
        squares += (double) p.value().data[j] * p.value().data[j];
      }
    }
    assertEquals(sums[0] + 10 * 0.5 * squares, sums[1], 1e-9 * sums[1]);
    Tensor weight = network.parameters().get("0.weight").value();
    for (int j = 0; j < weight.size(); j++) {
      assertEquals(gradients[0][j] + weight.data[j], gradients[1][j], 1e-6f);
    }
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      int run = i;
      TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 10, 0.1f)
          .penalty(i == 0 ? null : penalty)
          .build()
          .fit(
              1,
              data,
              new TrainingListener() {
                @Override
                public void onEpoch(EpochReport report) {
                  losses[run] = report.trainLoss();
                }
              });
    }
    assertEquals(losses[0] + 0.5 * squares, losses[1], 1e-9 * losses[1]);
  }

  @Test
  void theNumberOfValuesIsThatOfTheOutputs() {
    Dataset three = new FloatDataset(LABELLED.shape(), 3, new float[64], new float[3]);
    Trainer trainer = TrainerTest.trainer(TrainerTest.simple(8), WorkerTeam.single(), 5, 0.1f);
    assertEquals(
        "the network has 4 outputs, but the images have 3 target values",
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(1, three)).getMessage());
    assertEquals(0, trainer.images());
  }

  @Test
  void valuesAreNoLabels() {
    FloatDataset data = oneHot(LABELLED);
    assertEquals(0, data.classes());
    assertEquals(4, data.targetSize());
    assertEquals("90 images [8, 8, 1] with 4 target values each", data.toString());
    assertThrows(UnsupportedOperationException.class, () -> data.label(0));
    assertThrows(UnsupportedOperationException.class, data::classCounts);
    assertEquals(
        "expected labels to hold out a share of every class, but the targets of "
            + data
            + " are values",
        assertThrows(IllegalArgumentException.class, () -> Split.stratified(data, 3, 1))
            .getMessage());
    assertThrows(
        UnsupportedOperationException.class,
        () -> LABELLED.copyTargets(new int[1], 0, 1, new float[4], 0));
    FloatDataset labelled = new FloatDataset(LABELLED.shape(), 4, new float[64], new int[1]);
    assertEquals(0, labelled.targetSize());
    assertThrows(
        UnsupportedOperationException.class,
        () -> labelled.copyTargets(new int[1], 0, 1, new float[4], 0));
  }

  @Test
  void badValuesAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertEquals(
          "target value 1 of image 2 must be finite, but is " + bad,
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      new FloatDataset(
                          LABELLED.shape(), 2, new float[192], new float[] {0, 0, 0, 0, 0, bad}))
              .getMessage());
    }
    for (int[] sizes : new int[][] {{0, 64, 1}, {2, 64, 3}, {2, 65, 2}}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new FloatDataset(
                  LABELLED.shape(), sizes[0], new float[sizes[1]], new float[sizes[2]]));
    }
  }
}
