// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;

/** The order of images of which each shard of a batch has its own. */
final class ShardShuffle {
  private ShardShuffle() {}

  /** Shuffles the share of each shard, and deals it out to the batches. */
  static void draw(ShardTree tree, int batchSize, RandomStream random, int[] order) {
    for (int shard = 0; shard < tree.shards(); shard++) {
      int first = tree.share(shard, order.length, batchSize);
      int[] share = new int[tree.share(shard + 1, order.length, batchSize) - first];
      Arrays.setAll(share, i -> first + i);
      random.split(shard).shuffle(share);
      int taken = 0;
      for (int from = 0; from < order.length; from += batchSize) {
        int images = Math.min(batchSize, order.length - from);
        int at = tree.cut(shard, images);
        int count = tree.cut(shard + 1, images) - at;
        System.arraycopy(share, taken, order, from + at, count);
        taken += count;
      }
    }
  }
}
