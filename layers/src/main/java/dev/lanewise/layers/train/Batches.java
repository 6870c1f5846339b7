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
  private Targets targets;

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
   * Copies images and their labels into a batch, and transforms the images.
   *
   * @param data the images
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param targets receives {@code count} labels, from position 0
   * @throws IndexOutOfBoundsException if an index is not that of an image, or {@code indices}, x or
   *     the targets are too short
   * @throws IllegalStateException if the team is closed
   */
  public void copy(Dataset data, int[] indices, int from, int count, Tensor x, Targets targets) {
    this.data = data;
    this.indices = indices;
    this.from = from;
    this.x = x;
    this.targets = targets;
    team.run(count, image);
    this.data = null;
    this.indices = null;
    this.x = null;
    this.targets = null;
  }

  private void image(int i, int worker) {
    int offset = x.offset + i * data.shape().size();
    data.copy(indices, from + i, 1, x.data, offset, targets.labels(), i);
    Transform.Context context = contexts[worker];
    context.begin(data.shape(), epoch, indices[from + i]);
    transform.apply(x.data, offset, context);
  }
}
