// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Tensor;

/**
 * Copies an image with its target into a batch, and transforms it. What comes out depends on seed,
 * epoch, image, and how often it has come in the epoch. For one thread. Allocates nothing once
 * made.
 */
final class ImageCopy {
  private final Transform transform;
  private final Transform.Context context;
  private int epoch;
  private int[] repeats; // null: every image comes once

  ImageCopy(Transform transform, long seed) {
    this.transform = transform;
    context = new Transform.Context(seed);
  }

  /**
   * Begins an epoch.
   *
   * @param epoch its number, from 0
   * @param repeats for each position of its order how often the image there has come before; {@code
   *     null} if every image comes once
   */
  void epoch(int epoch, int[] repeats) {
    this.epoch = epoch;
    this.repeats = repeats;
  }

  /**
   * Copies an image.
   *
   * @param indices image numbers
   * @param from the position of the one wanted
   * @param x the batch, {@code [N, H, W, C]}
   * @param labels those of the batch; {@code null} if the targets are values
   * @param values those of the batch; {@code null} if the targets are labels
   * @param weights those of the batch; {@code null} if there are none
   * @param i which image of the batch it becomes
   */
  void copy(
      Dataset data,
      int[] indices,
      int from,
      Tensor x,
      int[] labels,
      Tensor values,
      float[] weights,
      int i) {
    int offset = x.offset + i * data.shape().size();
    data.copy(indices, from, 1, x.data, offset, labels, i);
    if (values != null) {
      data.copyTargets(indices, from, 1, values.data, values.offset + i * data.targetSize());
    }
    if (weights != null) {
      data.copyWeights(indices, from, 1, weights, i);
    }
    context.begin(data.shape(), epoch, indices[from], repeats == null ? 0 : repeats[from]);
    transform.apply(x.data, offset, context);
  }
}
