// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Sgd;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SamplingTest {
  private static final int DRAWS = 30_000;

  /** Images of one value each. */
  private static Dataset data(int classes, int... labels) {
    return new FloatDataset(Shape.of(1, 1, 1), classes, new float[labels.length], labels);
  }

  /** 30,000 images: 29,900 of class 0, none of class 1, 90 of class 2, 10 of class 3. */
  private static Dataset skewed() {
    int[] labels = new int[DRAWS];
    Arrays.fill(labels, 29_900, 29_990, 2);
    Arrays.fill(labels, 29_990, DRAWS, 3);
    return data(4, labels);
  }

  private static int[] draw(Sampling sampling, Dataset data, long seed) {
    int[] order = new int[data.size()];
    sampling.newSampler(data).draw(new RandomStream(seed), order);
    return order;
  }

  @Test
  void classesAreEquallyLikelyAndSoAreTheImagesOfEach() {
    Dataset data = skewed();
    int[] order = draw(Sampling.balanced(), data, 1);
    int[] classes = new int[4];
    int[] ofTen = new int[10];
    for (int image : order) {
      classes[data.label(image)]++;
      if (image >= 29_990) {
        ofTen[image - 29_990]++;
      }
    }
    assertEquals(0, classes[1]);
    for (int c : new int[] {0, 2, 3}) {
      assertEquals(DRAWS / 3.0, classes[c], 5 * Math.sqrt(DRAWS * 2 / 9.0));
    }
    for (int count : ofTen) {
      assertEquals(DRAWS / 30.0, count, 5 * Math.sqrt(DRAWS / 30.0));
    }
  }

  @Test
  void imagesComeInProportionToTheirWeights() {
    double[] weights = new double[DRAWS];
    weights[3] = 0.5;
    weights[4] = 1.5;
    weights[29_999] = 2;
    int[] counts = new int[DRAWS];
    for (int image : draw(Sampling.weighted(weights), skewed(), 2)) {
      counts[image]++;
    }
    assertEquals(DRAWS, counts[3] + counts[4] + counts[29_999]);
    assertEquals(DRAWS / 8.0, counts[3], 5 * Math.sqrt(DRAWS * 7 / 64.0));
    assertEquals(DRAWS * 3 / 8.0, counts[4], 5 * Math.sqrt(DRAWS * 15 / 64.0));
  }

  @Test
  void theOrderDependsOnTheSeedAlone() {
    Dataset data = skewed();
    double[] weights = new double[DRAWS];
    Arrays.fill(weights, 0.1);
    for (Sampling sampling :
        new Sampling[] {Sampling.shuffled(), Sampling.balanced(), Sampling.weighted(weights)}) {
      assertArrayEquals(draw(sampling, data, 5), draw(sampling, data, 5));
      assertFalse(Arrays.equals(draw(sampling, data, 5), draw(sampling, data, 6)));
    }
    int[] once = draw(Sampling.shuffled(), data, 5);
    Arrays.sort(once);
    for (int i = 0; i < DRAWS; i++) {
      assertEquals(i, once[i]);
    }
  }

  /** Those of the SplitMix64 that docs/reproducibility.md specifies, so for ever the same. */
  @Test
  void theNumbersAreFixed() {
    Dataset few = data(3, 0, 0, 0, 2, 0, 2);
    assertEquals("[5, 3, 4, 5, 4, 2]", Arrays.toString(draw(Sampling.balanced(), few, 1)));
    assertEquals(
        "[4, 5, 5, 3, 3, 5]", Arrays.toString(draw(Sampling.weighted(1, 2, 3, 4, 5, 6), few, 1)));
  }

  /** Epochs are drawn by seed and epoch: a resumed training goes on with the same images. */
  @Test
  void aTrainingDrawsByEpoch() {
    Dataset data = skewed();
    Sampling.Sampler sampler = Sampling.balanced().newSampler(data);
    TrainingState state = new TrainingState(7, 10, 1, 1);
    int[] first = new int[DRAWS];
    state.draw(sampler, first);
    assertArrayEquals(
        draw(Sampling.balanced(), data, new RandomStream(7).split("shuffle").split(0).key()),
        first);
    state.endEpoch();
    int[] second = new int[DRAWS];
    state.draw(sampler, second);
    assertFalse(Arrays.equals(first, second));
  }

  /** As in PyTorch, where each draw is augmented by itself; the first time as in a shuffle. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void anImageThatComesAgainGetsOtherRandomNumbers(int prefetch) {
    Dataset data = data(2, 0, 1, 1);
    int[] order = {2, 0, 2, 2, 1, 0};
    assertArrayEquals(new int[] {0, 0, 1, 2, 0, 1}, new Repeats(6).of(order));
    Batches batches =
        new Batches(
            WorkerTeam.single(),
            (image, at, context) -> image[at] = (float) context.random().nextDouble(),
            9);
    batches.epoch(4, new Repeats(6).of(order));
    batches.prefetch(data, order, 0, 6, prefetch);
    Tensor x = Tensor.zeros(6, 1, 1, 1);
    batches.copy(data, order, 0, 6, x, new Targets(6));
    batches.endPrefetch();
    RandomStream random = new RandomStream(9).split("augment").split(4);
    long[] keys = {2, 0, 2 + (1L << 32), 2 + (2L << 32), 1, 1L << 32};
    for (int i = 0; i < 6; i++) {
      assertEquals((float) random.split(keys[i]).nextDouble(), Tensors.values(x)[i]);
    }
  }

  /** The trainer counts them. */
  @Test
  void noTwoDrawsOfATrainingAreTheSame() {
    Set<Float> seen = ConcurrentHashMap.newKeySet();
    Network network = new Network(Shape.of(1, 1, 1), new Flatten(), new Dense(2));
    Trainer.of(network)
        .optimizer(new Sgd())
        .learningRate(0.1f)
        .batchSize(4)
        .sampling(Sampling.weighted(1, 0, 0, 0, 0, 0, 0, 0, 0))
        .transform((image, at, context) -> seen.add((float) context.random().nextDouble()))
        .build()
        .fit(3, data(2, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    assertEquals(27, seen.size());
  }

  @Test
  void whatCannotBeDrawnIsRefused() {
    assertRefused(
        "weight 1 must be finite and not negative, but is -1.0", () -> Sampling.weighted(1, -1));
    assertRefused(
        "weight 0 must be finite and not negative, but is NaN",
        () -> Sampling.weighted(Double.NaN));
    assertRefused("the weights must add up to more than 0, but to 0.0", () -> Sampling.weighted(0));
    assertRefused("the weights must add up to more than 0, but to 0.0", () -> Sampling.weighted());
    assertRefused(
        "there are 2 weights, but 3 images",
        () -> Sampling.weighted(1, 1).newSampler(data(2, 0, 1, 1)));
    Dataset values = new FloatDataset(Shape.of(1, 1, 1), 2, new float[3], new float[6]);
    assertRefused(
        "balanced sampling needs images with labels, but the targets are values",
        () -> Sampling.balanced().newSampler(values));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
