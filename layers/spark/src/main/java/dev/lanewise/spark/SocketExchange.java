// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.train.ShardExchange;
import dev.lanewise.layers.train.ShardSum;
import dev.lanewise.layers.train.ShardTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Adds the gradients of all tasks of a training, over a connection between each two of them.
 *
 * <p>The sums are cut into pieces, as many for each task, which own them in turn: the first piece
 * is of the first task, the second one of the second, and so on. Each task sends of every node of
 * its shards each piece to the task that owns it; the owner adds up the nodes of all tasks, in the
 * order of the {@link ShardTree}, and sends the result to all. So a task sends and receives about
 * twice the size of the gradients in a step, however many tasks there are, and which task computes
 * which shard does not matter. A piece goes back as soon as it is added up, while others are still
 * on their way.
 *
 * <p>A thread of its own exchanges the first pieces while the last are still computed: the
 * gradients of the last layers while those of the first ones are.
 *
 * <p>Not thread-safe.
 */
final class SocketExchange implements ShardExchange, PeerLinks.Talk, AutoCloseable {
  /** Elements of a piece, at most: it stays in the L2 cache between the steps of its way. */
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
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("lanewise-exchange").factory());

  // Of the running step: how many pieces of a task have gone which way.
  private final int[] scattered; // [task]
  private final int[] received; // [task]
  private final int[] gathered; // [task]
  private final int[] returned; // [task]
  private int added;
  private int images;
  private float[][] sums; // [own node][element]
  private double[] losses; // [own node]; there once all is computed
  private volatile int complete; // elements
  private volatile boolean computed; // all of this task
  private Future<?> running; // null: the thread has nothing to do
  private int place; // of the sum among the nodes

  // Made by the first step, for its size.
  private int size = -1;
  private int pieces; // of each task; the last one of no elements, but with the losses
  private float[][][] values; // [piece of this task][node][element]
  private double[] nodeLosses; // [node]
  private double[] noLosses; // for pieces that go without them

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
  public void begin(int images, float[][] sums, int count) {
    if (shares.tasks() == 1) {
      return;
    }
    if (running == null) {
      prepare(images, sums, count);
      running =
          thread.submit(
              () -> {
                links.run(this);
                return null;
              });
    } else if (count < complete) {
      throw new IllegalStateException("the step before was given up: this exchange is of no use");
    } else {
      boolean more = piecesIn(count) > piecesIn(complete);
      complete = count;
      if (more) {
        links.wake();
      }
    }
  }

  private long piecesIn(int count) {
    return (long) count * (pieces - 1) * shares.tasks() / Math.max(1, size);
  }

  @Override
  public void sum(int images, float[][] sums, double[] losses) {
    this.losses = losses;
    try {
      if (running == null) {
        prepare(images, sums, sums[0].length);
        computed = true;
        addUp(); // what needs no other task
        links.run(this);
      } else {
        complete = size;
        computed = true;
        links.wake();
        await();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    losses[0] = nodeLosses[place];
  }

  private void await() throws IOException {
    try {
      running.get();
      running = null;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the task was ended");
    }
  }

  private void prepare(int images, float[][] sums, int count) {
    this.images = images;
    this.sums = sums;
    complete = count;
    computed = false;
    added = 0;
    for (int[] way : List.of(scattered, received, gathered, returned)) {
      Arrays.fill(way, 0);
    }
    if (size < 0) {
      allocate(sums[0].length);
    }
  }

  private void allocate(int size) {
    this.size = size;
    int tasks = shares.tasks();
    pieces = Math.ceilDiv(size, tasks * PIECE) + 1;
    int all = firstNode[tasks];
    values = new float[pieces][all][];
    nodeLosses = new double[all];
    noLosses = new double[all];
    for (int piece = 0; piece < pieces; piece++) {
      for (int node = 0; node < all; node++) {
        values[piece][node] = new float[length(self, piece)];
      }
    }
    for (int task = 0; task < tasks; task++) {
      int nodes = Math.max(nodes(self), nodes(task));
      links.reserve(task, nodes * (Double.BYTES + PIECE * Float.BYTES));
    }
  }

  private int nodes(int task) {
    return firstNode[task + 1] - firstNode[task];
  }

  /** The first element of a piece of a task. */
  private int from(int task, int piece) {
    return from(piece * shares.tasks() + task);
  }

  private int from(int number) {
    int all = (pieces - 1) * shares.tasks(); // that have elements
    return number < all ? (int) ((long) number * size / all) : size;
  }

  private int end(int task, int piece) {
    return from(piece * shares.tasks() + task + 1);
  }

  private int length(int task, int piece) {
    return end(task, piece) - from(task, piece);
  }

  private boolean hasLosses(int piece) {
    return piece == pieces - 1;
  }

  /** Each node's pieces to their owners, and what has been added up here to all. */
  @Override
  public boolean send(int task, PeerLink link) throws IOException {
    addUp(); // this task may have computed what was missing
    int piece = scattered[task];
    if (piece < pieces && isComputed(task, piece)) {
      int count = length(task, piece);
      long at = 0;
      for (int node = 0; node < sums.length; node++) {
        if (hasLosses(piece)) {
          link.outgoing().set(DOUBLE, at, losses[node]);
          at += Double.BYTES;
        }
        put(sums[node], from(task, piece), count, link.outgoing(), at);
        at += (long) count * Float.BYTES;
      }
      link.send(PeerLink.PART, (int) at);
      scattered[task]++;
      return true;
    }
    piece = gathered[task];
    if (piece < added) {
      put(values[piece][place], 0, length(self, piece), link.outgoing(), 0);
      link.send(PeerLink.RESULT, length(self, piece) * Float.BYTES);
      gathered[task]++;
      return true;
    }
    return false;
  }

  /** Whether all nodes of this task have a piece. */
  private boolean isComputed(int task, int piece) {
    return hasLosses(piece) ? computed : end(task, piece) <= complete;
  }

  private static void put(float[] from, int first, int count, MemorySegment to, long at) {
    MemorySegment.copy(from, first, to, FLOAT, at, count);
  }

  private static void get(MemorySegment from, long at, float[] to, int first, int count) {
    MemorySegment.copy(from, FLOAT, at, to, first, count);
  }

  @Override
  public int expected(int task, int kind) {
    if (kind == PeerLink.PART) {
      int piece = received[task];
      int losses = hasLosses(piece) ? Double.BYTES : 0;
      return piece < pieces ? nodes(task) * (losses + length(self, piece) * Float.BYTES) : -1;
    }
    return returned[task] < pieces ? length(task, returned[task]) * Float.BYTES : -1;
  }

  @Override
  public void receive(int task, PeerLink link) throws IOException {
    MemorySegment message = link.received();
    if (link.kind() == PeerLink.PART) {
      int piece = received[task]++;
      int count = length(self, piece);
      long at = 0;
      for (int node = firstNode[task]; node < firstNode[task + 1]; node++) {
        if (hasLosses(piece)) {
          nodeLosses[node] = message.get(DOUBLE, at);
          at += Double.BYTES;
        }
        get(message, at, values[piece][node], 0, count);
        at += (long) count * Float.BYTES;
      }
      addUp();
    } else {
      // Its own part of it has been sent: the owner could not have added up otherwise.
      int piece = returned[task]++;
      get(message, 0, sums[0], from(task, piece), length(task, piece));
    }
  }

  /** Adds up the pieces that have come from all tasks. */
  private void addUp() {
    while (added < pieces && isComputed(self, added) && isReceived(added)) {
      int from = from(self, added);
      int count = length(self, added);
      for (int node = 0; node < sums.length; node++) {
        System.arraycopy(sums[node], from, values[added][firstNode[self] + node], 0, count);
      }
      if (hasLosses(added)) {
        System.arraycopy(losses, 0, nodeLosses, firstNode[self], sums.length);
      }
      double[] with = hasLosses(added) ? nodeLosses : noLosses;
      place = adder.add(images, values[added], count, with);
      System.arraycopy(values[added][place], 0, sums[0], from, count);
      added++;
    }
  }

  private boolean isReceived(int piece) {
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
      if (task != self && (gathered[task] < pieces || returned[task] < pieces)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean isComputing() {
    return !computed;
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

  /**
   * Ends an exchange that is still running, as when the task has failed to compute its part.
   * Afterwards its thread is gone.
   */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted(); // the thread would be, and its connections close
    links.end();
    thread.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
