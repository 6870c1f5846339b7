// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.train.ShardTree;
import java.io.Serializable;

/**
 * Which rows a task needs: those of its shards. The first rows are held out for validation.
 *
 * @param tasks how many tasks there are
 * @param shards into how many shards a batch is cut
 * @param batchSize how many images a batch has
 * @param held how many rows are held out
 * @param trained how many rows are trained on
 */
record Shares(int tasks, int shards, int batchSize, int held, int trained) implements Serializable {
  ShardTree tree() {
    return new ShardTree(shards);
  }

  /** The first shard of a task. */
  int firstShard(int task) {
    return (int) ((long) task * shards / tasks);
  }

  /** The first of the rows that a shard trains on, not counting those held out. */
  int firstTrained(int shard) {
    return tree().share(shard, trained, batchSize);
  }

  /** The first of the rows that a shard validates with. */
  int firstHeld(int shard) {
    return tree().cut(shard, held);
  }

  /** The task that needs a row. */
  int task(int row) {
    int task = tasks - 1;
    while (row < first(task, row < held)) {
      task--;
    }
    return task;
  }

  private int first(int task, boolean heldOut) {
    int shard = firstShard(task);
    return heldOut ? firstHeld(shard) : held + firstTrained(shard);
  }
}
