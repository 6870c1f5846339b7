// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import java.util.ArrayList;
import java.util.List;

/**
 * How a batch is cut into shards, and in which order their gradients are added: along a binary tree
 * that halves the range of shards until one is left. Both depend on the number of shards and the
 * size of the batch alone, so processes that compute some of the shards each, and add up what they
 * can, arrive at the bits of a single process.
 *
 * @param shards how many shards a batch has, 1 or more
 */
public record ShardTree(int shards) {
  /**
   * A tree.
   *
   * @throws IllegalArgumentException if there is no shard
   */
  public ShardTree {
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be at least 1, but is " + shards);
    }
  }

  /**
   * A node of the tree: the sum over neighbouring shards.
   *
   * @param first the first shard
   * @param end the shard after the last one
   */
  public record Node(int first, int end) {}

  /**
   * Where a shard begins: shard s has the images from {@code cut(s, images)} to {@code cut(s + 1,
   * images) - 1}.
   *
   * @param shard from 0 to {@code shards}
   * @param images how many images the batch has
   * @return the position in the batch
   */
  public int cut(int shard, int images) {
    return (int) ((long) shard * images / shards);
  }

  /**
   * The most images that a shard has.
   *
   * @param images how many images the largest batch has
   * @return the size of the largest shard
   */
  public int largest(int images) {
    return Math.ceilDiv(images, shards);
  }

  /**
   * Where the images of a shard begin in a data set of which each shard has images of its own, as
   * {@link Sampling#byShards} draws them: those from {@code share(s, ...)} to {@code share(s + 1,
   * ...) - 1}.
   *
   * @param shard from 0 to {@code shards}
   * @param images how many images the data set has
   * @param batchSize the size of all batches but the last
   * @return the number of its first image
   */
  public int share(int shard, int images, int batchSize) {
    return images / batchSize * cut(shard, batchSize) + cut(shard, images % batchSize);
  }

  /** Whether shards have no image of a batch. */
  boolean isEmpty(int first, int end, int images) {
    return cut(first, images) == cut(end, images);
  }

  /** Where a node with several shards is divided. */
  static int middle(int first, int end) {
    return (first + end) >>> 1;
  }

  /**
   * The sums that can be taken of neighbouring shards without the others: the largest nodes of the
   * tree that have these shards alone.
   *
   * @param first the first shard
   * @param end the shard after the last one
   * @return in the order of the shards
   * @throws IllegalArgumentException if there are no such shards
   */
  public List<Node> nodes(int first, int end) {
    if (first < 0 || end > shards || first >= end) {
      throw new IllegalArgumentException(
          "there are " + shards + " shards, but these are " + first + " to " + (end - 1));
    }
    List<Node> nodes = new ArrayList<>();
    collect(0, shards, first, end, nodes);
    return List.copyOf(nodes);
  }

  private static void collect(int from, int to, int first, int end, List<Node> nodes) {
    if (to <= first || from >= end) {
      return;
    }
    if (from >= first && to <= end) {
      nodes.add(new Node(from, to));
      return;
    }
    collect(from, middle(from, to), first, end, nodes);
    collect(middle(from, to), to, first, end, nodes);
  }
}
