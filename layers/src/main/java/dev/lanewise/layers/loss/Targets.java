package dev.lanewise.layers.loss;

/**
 * What a network should answer for the images of a batch: the class of each. A {@link Loss} takes
 * targets as a whole, so that further kinds, such as probabilities, change no other loss. Reused
 * from batch to batch; not thread-safe.
 */
public final class Targets {
  private final int[] labels;

  /**
   * Targets to be filled.
   *
   * @param maxBatch the largest batch
   */
  public Targets(int maxBatch) {
    this(new int[maxBatch]);
  }

  private Targets(int[] labels) {
    this.labels = labels;
  }

  /**
   * Targets that are known.
   *
   * @param labels the true class of each image; not copied
   * @return the targets of a batch of {@code labels.length} images
   */
  public static Targets of(int... labels) {
    return new Targets(labels);
  }

  /**
   * The true classes.
   *
   * @return {@code [maxBatch]}, the array itself
   */
  public int[] labels() {
    return labels;
  }
}
