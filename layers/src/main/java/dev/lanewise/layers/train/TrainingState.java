// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.RandomStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a training stands. Together with the parameters and what the optimizer remembers, this is
 * all that the rest of the training depends on: the order of the images is a function of seed and
 * epoch alone, so no generator has a state to be kept.
 */
final class TrainingState {
  private static final String KEY = "training.";

  final long seed;
  final int batchSize;

  /** How many batches make a step. */
  final int accumulate;

  /** Into how many shards a batch is cut. */
  final int shards;

  /** {@code null} without one. */
  PlateauState plateau;

  /** {@code null} if the best weights are not kept. */
  BestWeights.Standing best;

  /** How many epochs have ended, with their validation. */
  int epoch;

  /** How many images of the present epoch have been trained on. */
  int images;

  /** The sum of their losses, in the order of the steps; kept to the last bit. */
  private double lossSum;

  /** The time that this took. */
  long nanos;

  TrainingState(long seed, int batchSize, int accumulate, int shards) {
    this.seed = seed;
    this.batchSize = batchSize;
    this.accumulate = accumulate;
    this.shards = shards;
  }

  /** Draws the images of the present epoch. */
  void draw(Sampling.Sampler sampler, int[] order) {
    sampler.draw(new RandomStream(seed).split("shuffle").split(epoch), order);
  }

  /** How many steps have been made, if every epoch has this many images. */
  long steps(int imagesPerEpoch) {
    return count(imagesPerEpoch, imagesPerStep());
  }

  /** How many batches have been trained on, if every epoch has this many images. */
  long batches(int imagesPerEpoch) {
    return count(imagesPerEpoch, batchSize);
  }

  private long count(int imagesPerEpoch, int each) {
    return (long) epoch * Math.ceilDiv(imagesPerEpoch, each) + Math.ceilDiv(images, each);
  }

  int imagesPerStep() {
    return accumulate * batchSize;
  }

  double meanLoss() {
    return lossSum / images;
  }

  void endStep(int batch, double batchLossSum, long nanosSoFar) {
    images += batch;
    lossSum += batchLossSum;
    nanos = nanosSoFar;
  }

  void endEpoch() {
    epoch++;
    images = 0;
    lossSum = 0;
    nanos = 0;
  }

  /** Refuses a loss that is not finite, or with which that of the epoch would not be. */
  void requireFinite(double batchLossSum, int batch) {
    if (!Double.isFinite(batchLossSum)) {
      throw diverged("the loss is " + batchLossSum, batch);
    }
    if (!Double.isFinite(lossSum + batchLossSum)) {
      throw diverged("the loss of the epoch is " + (lossSum + batchLossSum), batch);
    }
  }

  /**
   * Names the last step, or, with images, the one that they are the batch of.
   *
   * @param what what is not finite
   */
  DivergedException diverged(String what, int batch) {
    int end = images + batch;
    return new DivergedException(
        (what + (batch > 0 ? " at step " : " after step "))
            + (Math.ceilDiv(end, imagesPerStep()) + " of epoch " + (epoch + 1))
            + (" (image " + end + " of the epoch): the training has diverged"));
  }

  void write(Map<String, String> metadata) {
    metadata.put(KEY + "seed", Long.toString(seed));
    metadata.put(KEY + "batchSize", Integer.toString(batchSize));
    if (accumulate > 1) {
      metadata.put(KEY + "accumulate", Integer.toString(accumulate));
    }
    if (shards > 1) {
      metadata.put(KEY + "shards", Integer.toString(shards));
    }
    if (plateau != null) {
      plateau.write(KEY, metadata);
    }
    if (best != null) {
      best.write(KEY, metadata);
    }
    metadata.put(KEY + "epoch", Integer.toString(epoch));
    metadata.put(KEY + "images", Integer.toString(images));
    metadata.put(KEY + "lossSum", Double.toHexString(lossSum));
    metadata.put(KEY + "nanos", Long.toString(nanos));
  }

  static TrainingState read(Path file, Map<String, String> metadata) throws DataException {
    long batchSize = number(file, metadata, "batchSize", 1, Integer.MAX_VALUE);
    long seed = number(file, metadata, "seed", Long.MIN_VALUE, Long.MAX_VALUE);
    TrainingState state =
        new TrainingState(
            seed,
            (int) batchSize,
            oneOr(file, metadata, "accumulate"),
            oneOr(file, metadata, "shards"));
    state.plateau = PlateauState.read(file, KEY, metadata);
    state.best = BestWeights.Standing.read(file, KEY, metadata);
    state.epoch = (int) number(file, metadata, "epoch", 0, Integer.MAX_VALUE);
    state.images = (int) number(file, metadata, "images", 0, Integer.MAX_VALUE);
    state.nanos = number(file, metadata, "nanos", 0, Long.MAX_VALUE);
    String lossSum = text(file, metadata, "lossSum");
    try {
      state.lossSum = Double.parseDouble(lossSum);
    } catch (NumberFormatException e) {
      throw fault(file, "lossSum", lossSum, "a number");
    }
    if (!Double.isFinite(state.lossSum)) {
      throw fault(file, "lossSum", lossSum, "a finite number");
    }
    return state;
  }

  /** A number that is 1 where nothing is said. */
  private static int oneOr(Path file, Map<String, String> metadata, String key)
      throws DataException {
    return metadata.containsKey(KEY + key)
        ? (int) number(file, metadata, key, 1, Integer.MAX_VALUE)
        : 1;
  }

  private static long number(
      Path file, Map<String, String> metadata, String key, long least, long most)
      throws DataException {
    String text = text(file, metadata, key);
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // the same fault
    }
    throw fault(file, key, text, "a whole number from " + least + " to " + most);
  }

  private static String text(Path file, Map<String, String> metadata, String key)
      throws DataException {
    String text = metadata.get(KEY + key);
    if (text == null) {
      throw new DataException(file, "is not a training checkpoint: it has no " + KEY + key);
    }
    return text;
  }

  private static DataException fault(Path file, String key, String found, String expected) {
    return new DataException(file, "has " + KEY + key + " '" + found + "', expected " + expected);
  }
}
