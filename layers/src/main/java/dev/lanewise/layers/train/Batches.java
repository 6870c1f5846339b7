// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Copies batches of images and transforms them, by all threads of a team, an image in a task: so
 * each thread copies most of the images that it will compute with, and finds them in its own cache.
 * Images that do not lie in memory can be prepared in advance, by a {@link Prefetcher}. Then a
 * batch may be transformed as a whole.
 *
 * <p>Not thread-safe. Allocates nothing once made.
 */
public final class Batches {
  /** Threads that prepare batches in advance: as many as the team has, but none for memory. */
  static final int AUTOMATIC = -1;

  private final WorkerTeam team;
  private final Transform transform;
  private final BatchTransform.Pass batchTransform; // null: none
  private final long seed;
  private final ImageCopy[] copies; // [worker]
  private final RandomStream ofBatches;
  private final RandomStream ofBatch = new RandomStream(0);
  private final WorkerTeam.Task image = this::image;
  private final WorkerTeam.Task prepared = this::prepared;
  private RandomStream ofEpoch;
  private int epoch;
  private int[] repeats; // null: every image comes once
  private Shape fitting; // the images that the transform has accepted
  private Prefetcher prefetcher; // null: none

  // The running call.
  private Dataset data;
  private int[] indices;
  private int from;
  private Tensor x;
  private int[] labels; // null if the targets are values
  private Tensor values; // null if they are labels
  private float[] weights; // null if there are none

  /**
   * Prepares copying of images as they are.
   *
   * @param team the threads to use
   */
  public Batches(WorkerTeam team) {
    this(team, Transform.NONE, 0);
  }

  /**
   * Prepares copying.
   *
   * @param team the threads to use
   * @param transform what to do to each image
   * @param seed of the random numbers that the transform may draw
   */
  public Batches(WorkerTeam team, Transform transform, long seed) {
    this(team, transform, null, seed);
  }

  /**
   * Prepares copying.
   *
   * @param team the threads to use
   * @param transform what to do to each image
   * @param batchTransform what to do to each batch after that; null for nothing
   * @param seed of the random numbers that the transforms may draw
   */
  public Batches(
      WorkerTeam team, Transform transform, BatchTransform.Pass batchTransform, long seed) {
    this.team = team;
    this.transform = transform;
    this.batchTransform = batchTransform;
    ofBatches = new RandomStream(seed).split("augment batch");
    ofEpoch = ofBatches.split(0);
    this.seed = seed;
    copies = new ImageCopy[team.threads()];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = new ImageCopy(transform, seed);
    }
  }

  /**
   * Sets the epoch that the next batches belong to; it is 0 before.
   *
   * @param epoch its number, from 0
   */
  public void epoch(int epoch) {
    epoch(epoch, null);
  }

  /**
   * The same where images come several times in an epoch.
   *
   * @param repeats for each position of its order how often the image there has come before
   */
  void epoch(int epoch, int[] repeats) {
    this.epoch = epoch;
    this.repeats = repeats;
    ofEpoch = ofBatches.split(epoch);
    for (ImageCopy copy : copies) {
      copy.epoch(epoch, repeats);
    }
  }

  /**
   * Refuses images that cannot be transformed.
   *
   * @param data the images
   * @throws IllegalArgumentException if the transform does not accept their shape, or mixes images
   *     that have weights
   */
  public void requireFit(Dataset data) {
    if (batchTransform != null && data.isWeighted()) {
      throw new IllegalArgumentException(
          "a transform that mixes the images of a batch cannot mix their weights: leave one out");
    }
    if (!data.shape().equals(fitting)) {
      transform.requireFit(data.shape());
      fitting = data.shape();
    }
  }

  /**
   * Begins to prepare batches of the present epoch in advance. Each is then to be copied, in order.
   *
   * @param order image numbers; not to be changed before the end
   * @param from the position of the first one
   * @param batchSize the size of all batches but the last
   * @param threads how many threads prepare them, or {@link #AUTOMATIC}; 0: they are prepared when
   *     they are copied
   */
  void prefetch(Dataset data, int[] order, int from, int batchSize, int threads) {
    endPrefetch();
    int count = threads != AUTOMATIC ? threads : data.inMemory() ? 0 : team.threads();
    if (count > 0) {
      ImageCopy[] ahead = new ImageCopy[count];
      for (int i = 0; i < count; i++) {
        ahead[i] = new ImageCopy(transform, seed);
        ahead[i].epoch(epoch, repeats);
      }
      prefetcher = new Prefetcher(data, ahead, order, from, batchSize);
    }
  }

  /** Ends what {@link #prefetch} has begun. */
  void endPrefetch() {
    if (prefetcher != null) {
      prefetcher.close();
      prefetcher = null;
    }
  }

  /**
   * Copies images and their targets into a batch, and transforms them.
   *
   * @param data the images
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted; decides, with the epoch,
   *     what is drawn for the whole batch
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param targets receives the labels or values of {@code count} images, from position 0
   * @throws IllegalArgumentException if the images have values as targets, but not as many as
   *     {@code targets} holds, or if the transform does not accept them
   * @throws IndexOutOfBoundsException if an index is not that of an image, or {@code indices}, x or
   *     the targets are too short
   * @throws IllegalStateException if the team is closed
   * @throws java.io.UncheckedIOException if an image cannot be read
   */
  public void copy(Dataset data, int[] indices, int from, int count, Tensor x, Targets targets) {
    boolean hasValues = data.targetSize() > 0;
    if (hasValues && data.targetSize() != targets.outputs()) {
      throw new IllegalArgumentException(
          "images of " + data.targetSize() + " target values, but targets of " + targets.outputs());
    }
    requireFit(data);
    this.data = data;
    this.indices = indices;
    this.from = from;
    this.x = x;
    labels = hasValues ? null : targets.useLabels();
    values = hasValues ? targets.useValues() : null;
    float[] room = targets.useWeights(data.isWeighted());
    weights = data.isWeighted() ? room : null;
    if (prefetcher != null && prefetcher.isNext(from, count)) {
      prefetcher.await();
      prefetcher.targets().copyTo(targets, count);
      team.run(count, prepared);
      prefetcher.release();
    } else {
      team.run(count, image);
    }
    if (batchTransform != null && count > 0) {
      ofEpoch.splitInto(ofBatch, from);
      batchTransform.apply(count, x, targets, ofBatch);
    }
    this.data = null;
    this.indices = null;
    this.x = null;
    labels = null;
    values = null;
    weights = null;
  }

  private void image(int i, int worker) {
    copies[worker].copy(data, indices, from + i, x, labels, values, weights, i);
  }

  /** Copies an image that has been prepared. */
  private void prepared(int i, int worker) {
    int size = data.shape().size();
    Tensor source = prefetcher.x();
    System.arraycopy(source.data, source.offset + i * size, x.data, x.offset + i * size, size);
  }
}
