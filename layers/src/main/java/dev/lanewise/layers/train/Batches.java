package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Copies batches of images and transforms them, by all threads of a team, an image in a task: so
 * each thread copies most of the images that it will compute with, and finds them in its own cache.
 *
 * <p>Not thread-safe. Allocates nothing once made.
 */
public final class Batches {
  private final WorkerTeam team;
  private final Transform transform;
  private final Transform.Context[] contexts; // [worker]
  private final WorkerTeam.Task image = this::image;
  private int epoch;

  // The running call.
  private Dataset data;
  private int[] indices;
  private int from;
  private Tensor x;
  private int[] labels; // null if the targets are values
  private Tensor values; // null if they are labels

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
    this.team = team;
    this.transform = transform;
    contexts = new Transform.Context[team.threads()];
    for (int i = 0; i < contexts.length; i++) {
      contexts[i] = new Transform.Context(seed);
    }
  }

  /**
   * Sets the epoch that the next batches belong to; it is 0 before.
   *
   * @param epoch its number, from 0
   */
  public void epoch(int epoch) {
    this.epoch = epoch;
  }

  /**
   * Copies images and their targets into a batch, and transforms the images.
   *
   * @param data the images
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param targets receives the labels or values of {@code count} images, from position 0
   * @throws IllegalArgumentException if the images have values as targets, but not as many as
   *     {@code targets} holds
   * @throws IndexOutOfBoundsException if an index is not that of an image, or {@code indices}, x or
   *     the targets are too short
   * @throws IllegalStateException if the team is closed
   */
  public void copy(Dataset data, int[] indices, int from, int count, Tensor x, Targets targets) {
    boolean hasValues = data.targetSize() > 0;
    if (hasValues && data.targetSize() != targets.outputs()) {
      throw new IllegalArgumentException(
          "images of " + data.targetSize() + " target values, but targets of " + targets.outputs());
    }
    this.data = data;
    this.indices = indices;
    this.from = from;
    this.x = x;
    labels = hasValues ? null : targets.useLabels();
    values = hasValues ? targets.useValues() : null;
    team.run(count, image);
    this.data = null;
    this.indices = null;
    this.x = null;
    labels = null;
    values = null;
  }

  private void image(int i, int worker) {
    int offset = x.offset + i * data.shape().size();
    data.copy(indices, from + i, 1, x.data, offset, labels, i);
    if (values != null) {
      int at = values.offset + i * data.targetSize();
      data.copyTargets(indices, from + i, 1, values.data, at);
    }
    Transform.Context context = contexts[worker];
    context.begin(data.shape(), epoch, indices[from + i]);
    transform.apply(x.data, offset, context);
  }
}
