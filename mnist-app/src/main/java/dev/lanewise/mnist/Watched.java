package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Images of which it is said how many have been classified, while all of them are, over and over if
 * need be. Thread-safe, as far as the images are.
 */
final class Watched implements Dataset {
  private final Dataset data;
  private final long all;
  private final AtomicLong seen;
  private final Pace pace;

  /**
   * Watches passes over the images, each of which takes every image once.
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
    long before = seen.getAndAdd(count);
    long done = before + count;
    if (before == 0) {
      pace.restart();
    }
    if (done == all) {
      seen.set(0); // for the next pass
    } else {
      pace.tell(() -> "note: %d of %d images classified".formatted(done, all));
    }
  }

  @Override
  public void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    data.copyTargets(indices, from, count, values, valuesOffset);
  }

  @Override
  public boolean isWeighted() {
    return data.isWeighted();
  }

  @Override
  public void copyWeights(int[] indices, int from, int count, float[] weights, int weightsOffset) {
    data.copyWeights(indices, from, count, weights, weightsOffset);
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
