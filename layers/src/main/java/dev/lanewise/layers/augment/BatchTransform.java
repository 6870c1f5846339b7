// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;
import java.util.List;

/**
 * Changes whole batches, images and targets, after their images have been transformed one by one:
 * for instance mixes each image with another. Implementations describe what is done and are
 * immutable; a {@link Pass} does it.
 */
@FunctionalInterface
public interface BatchTransform {
  /** Leaves batches as they are. */
  BatchTransform NONE = (shape, outputs, maxBatch, team) -> (batch, x, targets, random) -> {};

  /**
   * Prepares for batches: everything that is needed is allocated here.
   *
   * @param shape the shape of every image
   * @param outputs how many outputs the network has for an image
   * @param maxBatch the largest batch
   * @param team the threads to use
   * @return the pass; not thread-safe
   */
  Pass newPass(Shape shape, int outputs, int maxBatch, WorkerTeam team);

  /** A running transform. Allocates nothing. Not thread-safe. */
  @FunctionalInterface
  interface Pass {
    /**
     * Changes a batch. What it becomes depends on the arguments alone, not on the threads.
     *
     * @param batch the number of images, at least 1
     * @param x the images, {@code [batch, H, W, C]}; changed in place
     * @param targets their labels, or their values of {@code outputs} numbers each; changed in
     *     place, with room for values in any case
     * @param random the random numbers of this batch; not to be kept
     */
    void apply(int batch, Tensor x, Targets targets, RandomStream random);
  }

  /**
   * For each batch one of several transforms, each equally likely. With {@link #NONE} among them,
   * some batches stay as they are.
   *
   * @param choices one or more
   * @return the transform
   * @throws IllegalArgumentException if there is none
   */
  static BatchTransform oneOf(BatchTransform... choices) {
    if (choices.length == 0) {
      throw new IllegalArgumentException("expected a transform to choose");
    }
    List<BatchTransform> all = List.of(choices);
    return (shape, outputs, maxBatch, team) -> {
      Pass[] passes = new Pass[all.size()];
      Arrays.setAll(passes, i -> all.get(i).newPass(shape, outputs, maxBatch, team));
      return (batch, x, targets, random) ->
          passes[random.nextInt(passes.length)].apply(batch, x, targets, random);
    };
  }
}
