// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Mixes neighbours: each image of a batch with the one before it, the first with the last. Since
 * batches are drawn at random, so are neighbours.
 */
final class Neighbours {
  private Neighbours() {}

  /**
   * {@code x[i] = share * x[i] + (1 - share) * x[i - 1]}, from the last image to the first, so that
   * what is read has not been mixed yet.
   *
   * @param x rows of {@code size} elements
   * @param at the first element of the first row
   * @param rows how many
   * @param count how many elements of each row are mixed, from {@code at} on
   * @param last room for as many elements
   * @param lastAt where it begins
   */
  static void mix(
      float[] x, int at, int rows, int size, int count, float share, float[] last, int lastAt) {
    float rest = 1 - share;
    int end = at + (rows - 1) * size;
    System.arraycopy(x, end, last, lastAt, count);
    for (int row = end; row > at; row -= size) {
      for (int i = row; i < row + count; i++) {
        x[i] = share * x[i] + rest * x[i - size];
      }
    }
    for (int i = 0; i < count; i++) {
      x[at + i] = share * x[at + i] + rest * last[lastAt + i];
    }
  }

  /** Targets become values. */
  static void mixTargets(Targets targets, int batch, float share, float[] last) {
    Tensor values = targets.labelsToValues(batch);
    int outputs = targets.outputs();
    mix(values.data, values.offset, batch, outputs, outputs, share, last, 0);
  }
}
