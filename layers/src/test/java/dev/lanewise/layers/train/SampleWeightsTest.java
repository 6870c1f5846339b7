// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.augment.MixUp;
import dev.lanewise.layers.data.ConcatDataset;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Subset;
import dev.lanewise.layers.data.WeightedDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.loss.BinaryCrossEntropy;
import dev.lanewise.layers.loss.Huber;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.MeanAbsoluteError;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Sgd;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Images that count differently in a loss. */
final class SampleWeightsTest {
  private static final int N = 37;
  private static final int CLASSES = 3;
  private static final Shape SHAPE = Shape.of(2, 2, 1);

  private final RandomStream random = new RandomStream(8);
  private final float[] images = floats(N * SHAPE.size());
  private final int[] labels = new int[N];
  private final float[] weights = floats(N);

  SampleWeightsTest() {
    for (int i = 0; i < N; i++) {
      labels[i] = random.nextInt(CLASSES);
      weights[i] = i % 5 == 0 ? 0 : 2 * weights[i];
    }
  }

  private float[] floats(int size) {
    float[] floats = new float[size];
    for (int i = 0; i < size; i++) {
      floats[i] = (float) random.nextDouble();
    }
    return floats;
  }

  private Dataset data(int[] labels) {
    return new FloatDataset(SHAPE, CLASSES, images, labels);
  }

  /** With z the logits of a batch: the sum of weight times loss, and its gradients row by row. */
  @Test
  void eachLossIsMultipliedByTheWeightOfItsImage() {
    List<Loss> losses =
        List.of(
            new SoftmaxCrossEntropy(),
            new SoftmaxCrossEntropy().labelSmoothing(0.1),
            new MeanSquaredError(),
            new MeanAbsoluteError(),
            new Huber(0.3),
            new BinaryCrossEntropy());
    Tensor z = tensor(floats(N * CLASSES));
    Tensor values = tensor(floats(N * CLASSES));
    for (Loss loss : losses) {
      for (boolean labelled : new boolean[] {true, false}) {
        Targets targets = labelled ? Targets.of(labels) : Targets.of(values);
        Loss.Pass pass = loss.newPass(Shape.flat(CLASSES), N);
        Tensor plain = Tensor.zeros(N, CLASSES);
        pass.forwardBackward(N, z, targets, plain);
        double sum = 0;
        Loss.Pass single = loss.newPass(Shape.flat(CLASSES), 1);
        for (int i = 0; i < N; i++) {
          float[] one = row(z, i);
          Targets its = labelled ? Targets.of(labels[i]) : Targets.of(tensor(row(values, i)));
          sum += weights[i] * single.forward(1, tensor(one), its);
        }
        System.arraycopy(weights, 0, targets.useWeights(true), 0, N);
        Tensor dz = Tensor.zeros(N, CLASSES);
        assertEquals(sum, pass.forwardBackward(N, z, targets, dz), 1e-5 * sum, loss.toString());
        assertEquals(sum, pass.forward(N, z, targets), 1e-5 * sum);
        for (int i = 0; i < N * CLASSES; i++) {
          assertEquals(weights[i / CLASSES] * plain.data[i], dz.data[i], 1e-7f);
        }
        targets.useWeights(false);
        pass.forwardBackward(N, z, targets, dz);
        assertArrayEquals(plain.data, dz.data, "without weights again");
      }
    }
  }

  private static Tensor tensor(float[] values) {
    Tensor tensor = Tensor.zeros(values.length / CLASSES, CLASSES);
    System.arraycopy(values, 0, tensor.data, tensor.offset, values.length);
    return tensor;
  }

  private static float[] row(Tensor tensor, int i) {
    float[] row = new float[CLASSES];
    System.arraycopy(tensor.data, i * CLASSES, row, 0, CLASSES);
    return row;
  }

  private static Trainer trainer(Network network, WorkerTeam team, int shards, int prefetch) {
    return Trainer.of(network)
        .optimizer(new Sgd().momentum(0.9))
        .learningRate(0.1f)
        .batchSize(10)
        .shards(shards)
        .prefetch(prefetch)
        .team(team)
        .build();
  }

  private static String trained(Dataset data, int threads, int shards, int prefetch) {
    Network network = new Network(SHAPE, new Flatten(), new Dense(CLASSES));
    network.initialize(1);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      trainer(network, team, shards, prefetch).fit(2, data);
    }
    return WeightsHash.of(network.state());
  }

  @Test
  void whatWeighsNothingChangesNothing() {
    int[] others = labels.clone();
    for (int i = 0; i < N; i += 5) {
      others[i] = (others[i] + 1) % CLASSES;
    }
    for (int shards : new int[] {1, 3}) {
      String expected = trained(new WeightedDataset(data(labels), weights), 1, shards, 0);
      assertEquals(expected, trained(new WeightedDataset(data(others), weights), 1, shards, 0));
      assertEquals(expected, trained(new WeightedDataset(data(labels), weights), 2, shards, 2));
      assertNotEquals(expected, trained(data(labels), 1, shards, 0));
    }
  }

  @Test
  void partsAndSumsOfDataSetsKeepTheWeights() {
    Dataset weighted = new WeightedDataset(data(labels), weights);
    Dataset all = new ConcatDataset(data(labels), weighted);
    Dataset part = new Subset(all, 3, N + 4, N + 5).slice(1, 3);
    assertTrue(part.isWeighted());
    float[] found = new float[3];
    part.copyWeights(new int[] {0, 1, 0}, 1, 2, found, 1);
    assertArrayEquals(new float[] {0, weights[5], weights[4]}, found);
    all.copyWeights(new int[] {7}, 0, 1, found, 0);
    assertEquals(1, found[0]);
    weighted.slice(6, 9).copyWeights(new int[] {2}, 0, 1, found, 0);
    assertEquals(weights[8], found[0]);
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> weighted.slice(6, 9).copyWeights(new int[] {3}, 0, 1, found, 0));
  }

  @Test
  void badWeights() {
    assertThrows(IllegalArgumentException.class, () -> new WeightedDataset(data(labels), 1f));
    weights[3] = -1;
    assertThrows(IllegalArgumentException.class, () -> new WeightedDataset(data(labels), weights));
    weights[3] = Float.NaN;
    assertThrows(IllegalArgumentException.class, () -> new WeightedDataset(data(labels), weights));
    Targets targets = Targets.of(labels);
    System.arraycopy(weights, 0, targets.useWeights(true), 0, N);
    Loss.Pass pass = new SoftmaxCrossEntropy().newPass(Shape.flat(CLASSES), N);
    assertThrows(
        IllegalArgumentException.class, () -> pass.forward(N, Tensor.zeros(N, CLASSES), targets));
    weights[3] = 1;
    Network network = new Network(SHAPE, new Flatten(), new Dense(CLASSES));
    network.initialize(1);
    Trainer mixing =
        Trainer.of(network)
            .optimizer(new Sgd())
            .learningRate(0.1f)
            .batchSize(10)
            .batchTransform(new MixUp(0.2))
            .build();
    assertThrows(
        IllegalArgumentException.class,
        () -> mixing.fit(1, new WeightedDataset(data(labels), weights)));
  }
}
