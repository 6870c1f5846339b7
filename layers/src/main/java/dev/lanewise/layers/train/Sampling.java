// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;

/**
 * Which images an epoch trains on, and in which order. An epoch takes as many as the data set has.
 * An image that comes several times is transformed with other random numbers each time.
 * Implementations are immutable.
 */
public interface Sampling {
  /**
   * Looks at the images to choose from.
   *
   * @param train the images
   * @return what draws from them
   * @throws IllegalArgumentException if they are not such that can be drawn from
   */
  Sampler newSampler(Dataset train);

  /** Draws images from a data set. */
  @FunctionalInterface
  interface Sampler {
    /**
     * Draws the images of an epoch. What comes out depends on the data set and the random numbers
     * alone.
     *
     * @param random random numbers of this epoch
     * @param order receives image numbers, in the order in which they are trained on
     */
    void draw(RandomStream random, int[] order);
  }

  /**
   * Every image once, in random order: the default.
   *
   * @return the sampling
   */
  static Sampling shuffled() {
    return train ->
        (random, order) -> {
          Arrays.setAll(order, i -> i);
          random.shuffle(order);
        };
  }

  /**
   * Every image once, in random order, where each shard of a batch has images of its own: each has
   * a share of the data set, of neighbouring images, shuffled by itself. So a process that computes
   * some of the shards needs only their images.
   *
   * @param shards into how many shards a batch is cut: those of {@link TrainerBuilder#shards(int)}
   * @param batchSize the batch size of the training
   * @return the sampling
   * @throws IllegalArgumentException if {@code shards} is not from 1 to {@code batchSize}
   */
  static Sampling byShards(int shards, int batchSize) {
    ShardTree tree = new ShardTree(shards);
    if (shards > batchSize) {
      throw new IllegalArgumentException(
          "shards must be from 1 to the batch size of " + batchSize + ", but is " + shards);
    }
    return train -> (random, order) -> ShardShuffle.draw(tree, batchSize, random, order);
  }

  /**
   * For each image a class first, each equally likely, then one of its images: with replacement, so
   * that images of a rare class come several times in an epoch, and some of a frequent class do not
   * come at all.
   *
   * @return the sampling; for data sets with labels
   */
  static Sampling balanced() {
    return train -> new ClassSampler(train)::draw;
  }

  /**
   * Images in proportion to a weight, with replacement, as PyTorch's {@code WeightedRandomSampler}.
   *
   * @param weights for each image how likely it is, relative to the others; copied
   * @return the sampling; for data sets of as many images
   * @throws IllegalArgumentException if a weight is negative or not finite, or none is positive
   */
  static Sampling weighted(double... weights) {
    double[] sums = weights.clone(); // of the weights up to each image, this one included
    for (int i = 0; i < sums.length; i++) {
      if (!(weights[i] >= 0 && weights[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "weight " + i + " must be finite and not negative, but is " + weights[i]);
      }
      sums[i] += i == 0 ? 0 : sums[i - 1];
    }
    double sum = sums.length == 0 ? 0 : sums[sums.length - 1];
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("the weights must add up to more than 0, but to " + sum);
    }
    return train -> {
      if (train.size() != sums.length) {
        throw new IllegalArgumentException(
            "there are " + sums.length + " weights, but " + train.size() + " images");
      }
      return (random, order) -> Arrays.setAll(order, i -> draw(random, sums));
    };
  }

  /** The first image whose sum lies above a random number below the whole. */
  private static int draw(RandomStream random, double[] sums) {
    double at = random.nextDouble() * sums[sums.length - 1];
    int low = 0;
    int high = sums.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sums[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
