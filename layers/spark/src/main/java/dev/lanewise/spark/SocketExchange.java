// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.train.ShardExchange;
import dev.lanewise.layers.train.ShardSum;
import dev.lanewise.layers.train.ShardTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Adds the gradients of all tasks of a training, over a connection between each two of them.
 *
 * <p>The sums are cut into as many ranges of elements as there are tasks, and each range into
 * pieces. Each task sends of every node of its shards each piece to the task that owns it; the
 * owner adds up the nodes of all tasks, in the order of the {@link ShardTree}, and sends the result
 * to all. So a task sends and receives about twice the size of the gradients in a step, however
 * many tasks there are, and which task computes which shard does not matter. A piece goes back as
 * soon as it is added up, while others are still on their way.
 *
 * <p>Not thread-safe.
 */
final class SocketExchange implements ShardExchange, PeerLinks.Talk {
  /** Elements of a piece: it stays in the L2 cache between the steps of its way. */
  private static final int PIECE = 16_384;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final PeerLinks links;
  private final int self;
  private final Shares shares;
  private final int[] firstNode; // [task]: its first one of all nodes; and their number
  private final ShardSum adder;

  // Of the running step: how many pieces have gone which way.
  private final int[] scattered; // [task]
  private final int[] received; // [task]
  private final int[] gathered; // [task]
  private final int[] returned; // [task]
  private int added;
  private int images;
  private float[][] sums; // [own node][element]
  private double[] losses; // [own node]
  private int place; // of the sum among the nodes

  // Made by the first step, for its size.
  private int size = -1;
  private float[][][] values; // [piece of the range of this task][node][element]
  private double[][] nodeLosses; // [piece][node]

  /**
   * Prepares sums.
   *
   * @param links to the other tasks
   * @param self the number of this task
   * @param shares which task computes which shards
   */
  SocketExchange(PeerLinks links, int self, Shares shares) {
    this.links = links;
    this.self = self;
    this.shares = shares;
    int tasks = shares.tasks();
    firstNode = new int[tasks + 1];
    ShardTree tree = shares.tree();
    List<ShardTree.Node> all = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      all.addAll(tree.nodes(shares.firstShard(task), shares.firstShard(task + 1)));
      firstNode[task + 1] = all.size();
    }
    adder = new ShardSum(tree, all);
    scattered = new int[tasks];
    received = new int[tasks];
    gathered = new int[tasks];
    returned = new int[tasks];
  }

  @Override
  public int shards() {
    return shares.shards();
  }

  @Override
  public int first() {
    return shares.firstShard(self);
  }

  @Override
  public int end() {
    return shares.firstShard(self + 1);
  }

  @Override
  public void sum(int images, float[][] sums, double[] losses) {
    if (size < 0) {
      prepare(sums[0].length);
    }
    this.images = images;
    this.sums = sums;
    this.losses = losses;
    added = 0;
    for (int[] pieces : List.of(scattered, received, gathered, returned)) {
      Arrays.fill(pieces, 0);
    }
    try {
      addUp(); // what needs no other task
      links.run(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    losses[0] = nodeLosses[0][place];
  }

  private void prepare(int size) {
    this.size = size;
    int all = firstNode[shares.tasks()];
    values = new float[pieces(self)][all][];
    nodeLosses = new double[pieces(self)][all];
    for (int piece = 0; piece < values.length; piece++) {
      for (int node = 0; node < all; node++) {
        values[piece][node] = new float[length(self, piece)];
      }
    }
    for (int task = 0; task < shares.tasks(); task++) {
      int nodes = Math.max(nodes(self), nodes(task));
      links.reserve(task, nodes * (Double.BYTES + PIECE * Float.BYTES));
    }
  }

  private int nodes(int task) {
    return firstNode[task + 1] - firstNode[task];
  }

  /** The first element of the range of a task. */
  private int from(int task) {
    return (int) ((long) task * size / shares.tasks());
  }

  /** How many pieces the range of a task has: an empty one, too, goes with the losses. */
  private int pieces(int task) {
    return Math.max(1, Math.ceilDiv(from(task + 1) - from(task), PIECE));
  }

  private int from(int task, int piece) {
    return from(task) + piece * PIECE;
  }

  private int length(int task, int piece) {
    return Math.min(PIECE, from(task + 1) - from(task, piece));
  }

  /** Each node's pieces to their owners, then what has been added up here to all. */
  @Override
  public boolean send(int task, PeerLink link) throws IOException {
    int piece = scattered[task];
    if (piece < pieces(task)) {
      int count = length(task, piece);
      long at = 0;
      for (int node = 0; node < sums.length; node++) {
        link.outgoing().set(DOUBLE, at, losses[node]);
        at += Double.BYTES;
        put(sums[node], from(task, piece), count, link.outgoing(), at);
        at += (long) count * Float.BYTES;
      }
      link.send((int) at);
      scattered[task]++;
      return true;
    }
    piece = gathered[task];
    if (piece < added) {
      put(values[piece][place], 0, length(self, piece), link.outgoing(), 0);
      link.send(length(self, piece) * Float.BYTES);
      gathered[task]++;
      return true;
    }
    return false;
  }

  private static void put(float[] from, int first, int count, MemorySegment to, long at) {
    MemorySegment.copy(from, first, to, FLOAT, at, count);
  }

  private static void get(MemorySegment from, long at, float[] to, int first, int count) {
    MemorySegment.copy(from, FLOAT, at, to, first, count);
  }

  @Override
  public int expected(int task) {
    if (received[task] < pieces(self)) {
      return nodes(task) * (Double.BYTES + length(self, received[task]) * Float.BYTES);
    }
    return returned[task] < pieces(task) ? length(task, returned[task]) * Float.BYTES : -1;
  }

  @Override
  public void receive(int task, PeerLink link) throws IOException {
    MemorySegment message = link.received();
    int piece = received[task];
    if (piece < pieces(self)) {
      int count = length(self, piece);
      long at = 0;
      for (int node = firstNode[task]; node < firstNode[task + 1]; node++) {
        nodeLosses[piece][node] = message.get(DOUBLE, at);
        at += Double.BYTES;
        get(message, at, values[piece][node], 0, count);
        at += (long) count * Float.BYTES;
      }
      received[task]++;
      addUp();
    } else {
      // Its own part of it has been sent: the owner could not have added up otherwise.
      get(message, 0, sums[0], from(task, returned[task]), length(task, returned[task]));
      returned[task]++;
    }
  }

  /** Adds up the pieces that have come from all tasks. */
  private void addUp() {
    while (added < pieces(self) && isComplete(added)) {
      int from = from(self, added);
      int count = length(self, added);
      for (int node = 0; node < sums.length; node++) {
        System.arraycopy(sums[node], from, values[added][firstNode[self] + node], 0, count);
        nodeLosses[added][firstNode[self] + node] = losses[node];
      }
      place = adder.add(images, values[added], count, nodeLosses[added]);
      System.arraycopy(values[added][place], 0, sums[0], from, count);
      added++;
    }
  }

  private boolean isComplete(int piece) {
    for (int task = 0; task < received.length; task++) {
      if (task != self && received[task] <= piece) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean isDone() {
    for (int task = 0; task < received.length; task++) {
      if (task != self && (gathered[task] < pieces(self) || returned[task] < pieces(task))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds numbers of which each is 0 in all tasks but one.
   *
   * @param numbers as many in each task; afterwards the sums
   */
  void combine(double[] numbers) throws IOException {
    Combination combination = new Combination(numbers, shares.tasks());
    for (int task = 0; task < shares.tasks(); task++) {
      links.reserve(task, combination.bytes());
    }
    links.run(combination);
  }

  /** Waits until all tasks have come this far: none leaves while another may have to start anew. */
  void finish() throws IOException {
    combine(new double[1]);
  }
}
