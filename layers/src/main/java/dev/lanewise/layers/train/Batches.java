package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Tensor;
import dev.lanewise.layers.data.Dataset;

/**
 * Copies batches of images by all threads of a team, an image in a task: so each thread copies most
 * of the images that it will compute with, and finds them in its own cache.
 *
 * <p>Not thread-safe. Allocates nothing once made.
 */
public final class Batches {
  private final WorkerTeam team;
  private final WorkerTeam.Task image = this::image;

  // The running call.
  private Dataset data;
  private int[] indices;
  private int from;
  private Tensor x;
  private int[] labels;

  /**
   * Prepares copying.
   *
   * @param team the threads to use
   */
  public Batches(WorkerTeam team) {
    this.team = team;
  }

  /**
   * Copies images and their labels into a batch, as {@link Dataset#copy} does.
   *
   * @param data the images
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param labels receives {@code count} labels, from position 0
   * @throws IndexOutOfBoundsException if an index is not that of an image, or an array is too short
   * @throws IllegalStateException if the team is closed
   */
  public void copy(Dataset data, int[] indices, int from, int count, Tensor x, int[] labels) {
    this.data = data;
    this.indices = indices;
    this.from = from;
    this.x = x;
    this.labels = labels;
    team.run(count, image);
    this.data = null;
    this.indices = null;
    this.x = null;
    this.labels = null;
  }

  private void image(int i, int worker) {
    data.copy(indices, from + i, 1, x.data, x.offset + i * data.shape().size(), labels, i);
  }
}
