package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.data.Subset;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
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
