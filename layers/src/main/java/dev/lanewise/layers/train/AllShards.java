// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/** A single process, which computes all shards one after the other. */
record AllShards(int shards) implements ShardExchange {
  @Override
  public int first() {
    return 0;
  }

  @Override
  public int end() {
    return shards;
  }

  @Override
  public void sum(int images, float[][] sums, double[] losses) {
    // the only node is the whole
  }
}
