// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.List;

/**
 * A data set that is made of another one, without copying images. It passes everything on to the
 * other one, but for {@link #slice} and {@link #classCounts}; a view overrides what it changes.
 * Where it has other images or numbers them differently, that is all that takes an image's number.
 *
 * <p>Immutable, and safe to be read by many threads at once, as long as views are.
 */
public abstract class DatasetView implements Dataset {
  /** The other data set. */
  protected final Dataset data;

  /**
   * A view.
   *
   * @param data the other data set
   */
  protected DatasetView(Dataset data) {
    this.data = data;
  }

  @Override
  public int size() {
    return data.size();
  }

  @Override
  public final Shape shape() {
    return data.shape();
  }

  @Override
  public final int classes() {
    return data.classes();
  }

  @Override
  public final int targetSize() {
    return data.targetSize();
  }

  @Override
  public final List<String> classNames() {
    return data.classNames();
  }

  @Override
  public boolean inMemory() {
    return data.inMemory();
  }

  @Override
  public int label(int image) {
    return data.label(image);
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    data.copy(indices, from, count, x, xOffset, labels, labelsOffset);
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
}
