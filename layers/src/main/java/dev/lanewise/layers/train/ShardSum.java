// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.train.ShardTree.Node;
import java.util.List;

/**
 * Adds up what several processes have summed over their shards, in the order of a {@link
 * ShardTree}. Shards without images have no part in it. Not thread-safe. Allocates nothing once
 * made.
 */
public final class ShardSum {
  private final ShardTree tree;
  private final List<Node> nodes;

  // The running call.
  private int images;
  private float[][] values;
  private double[] losses;
  private int count;
  private int next; // of the nodes

  /**
   * Prepares sums.
   *
   * @param tree the tree
   * @param nodes those that are there, in the order of the shards: all shards, each once
   * @throws IllegalArgumentException if they are not nodes of the tree, or not those of all shards
   */
  public ShardSum(ShardTree tree, List<Node> nodes) {
    this.tree = tree;
    this.nodes = List.copyOf(nodes);
    int end = 0;
    boolean all = true;
    for (Node node : nodes) {
      all &= node.first() == end && tree.nodes(node.first(), node.end()).equals(List.of(node));
      end = node.end();
    }
    if (!all || end != tree.shards()) {
      throw new IllegalArgumentException(
          "expected nodes of all " + tree.shards() + " shards, but these are " + nodes);
    }
  }

  /**
   * Adds up.
   *
   * @param images how many images the batch has, at least 1
   * @param values for each node its sums; overwritten. Those of nodes without images are not read
   * @param count how many sums a node has
   * @param losses for each node the sum of its losses; overwritten
   * @return the node whose values and loss are now those of all
   */
  public int add(int images, float[][] values, int count, double[] losses) {
    this.images = images;
    this.values = values;
    this.count = count;
    this.losses = losses;
    next = 0;
    return add(0, tree.shards());
  }

  /** The place of a node's sum; -1 if it has no images. */
  private int add(int first, int end) {
    Node node = nodes.get(next);
    if (node.first() == first && node.end() == end) {
      return tree.isEmpty(first, end, images) ? skip() : next++;
    }
    int middle = ShardTree.middle(first, end);
    int left = add(first, middle);
    int right = add(middle, end);
    if (left < 0 || right < 0) {
      return Math.max(left, right);
    }
    add(values[left], values[right]);
    losses[left] += losses[right];
    return left;
  }

  private int skip() {
    next++;
    return -1;
  }

  private void add(float[] left, float[] right) {
    for (int i = 0; i < count; i++) {
      left[i] += right[i];
    }
  }
}
