// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/**
 * Which shards of each batch are computed in this process, and how their gradients are added to
 * those of other processes. All of these run the same training, with a {@link ShardExchange} each;
 * together they compute each shard once. So their networks stay the same, bit by bit, and the same
 * as in a single process with as many shards.
 *
 * <p>Data sets are those of the whole training, but a process needs only the images that {@link
 * Sampling#byShards} gives to its shards.
 */
public interface ShardExchange {
  /**
   * Into how many shards a batch is cut.
   *
   * @return 1 or more; the same in all processes
   */
  int shards();

  /**
   * The first shard that is computed here.
   *
   * @return its number, from 0
   */
  int first();

  /**
   * The shard after the last one that is computed here.
   *
   * @return its number, more than {@link #first}
   */
  int end();

  /**
   * Says that a part of a step can be added up, while the rest is still computed. May be called
   * several times before {@link #sum}, with more and more; or not at all. An exchange that does not
   * wish to begin early does nothing. One that does may read and write what is complete until
   * {@link #sum} returns, in a thread of its own; whatever fails is for {@link #sum} to say. Where
   * the step fails before that, the exchange is of no further use.
   *
   * @param images how many images the batch has
   * @param sums the arrays that {@link #sum} will be given. Their first {@code count} elements stay
   *     as they are, but the exchange may already put the sums of all processes into {@code
   *     sums[0]}
   * @param count how many sums of each node are complete
   */
  default void begin(int images, float[][] sums, int count) {}

  /**
   * Adds up a step, as {@link ShardSum} does: all of it, or what {@link #begin} has left to do.
   *
   * @param images how many images the batch has: which shards have some follows from it
   * @param sums for each of the {@linkplain ShardTree#nodes nodes} of the shards computed here its
   *     sums; those of a node without images mean nothing. Afterwards {@code sums[0]} is the sum of
   *     all processes, and the others mean nothing
   * @param losses the same for the sums of the losses
   * @throws java.io.UncheckedIOException if another process cannot be reached; the step is not made
   */
  void sum(int images, float[][] sums, double[] losses);
}
