package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Images of which it is said how many have been classified, while all of them are. */
final class Watched implements Dataset {
  private final Dataset data;
  private final long all;
  private final AtomicLong seen;
  private final Pace pace;

  /**
   * For one pass over the images.
   *
   * @param data the images
   * @param pace says how far it is
   */
  Watched(Dataset data, Pace pace) {
    this(data, data.size(), new AtomicLong(), pace);
  }

  private Watched(Dataset data, long all, AtomicLong seen, Pace pace) {
    this.data = data;
    this.all = all;
    this.seen = seen;
    this.pace = pace;
  }

  @Override
  public int size() {
    return data.size();
  }

  @Override
  public Shape shape() {
    return data.shape();
  }

  @Override
  public int classes() {
    return data.classes();
  }

  @Override
  public int targetSize() {
    return data.targetSize();
  }

  @Override
  public List<String> classNames() {
    return data.classNames();
  }

  @Override
  public boolean inMemory() {
    return data.inMemory();
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    data.copy(indices, from, count, x, xOffset, labels, labelsOffset);
    long done = seen.addAndGet(count);
    if (done < all) {
      pace.tell(() -> "note: %d of %d images classified".formatted(done, all));
    }
  }

  @Override
  public void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    data.copyTargets(indices, from, count, values, valuesOffset);
  }

  @Override
  public int label(int image) {
    return data.label(image);
  }

  @Override
  public int[] classCounts() {
    return data.classCounts();
  }

  @Override
  public Dataset slice(int from, int to) {
    return new Watched(data.slice(from, to), all, seen, pace);
  }
}
