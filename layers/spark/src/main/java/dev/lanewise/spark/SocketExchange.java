package dev.lanewise.spark;

import dev.lanewise.layers.train.ShardExchange;
import dev.lanewise.layers.train.ShardSum;
import dev.lanewise.layers.train.ShardTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Adds the gradients of all tasks of a training, over a connection between each two of them.
 *
 * <p>The sums are cut into as many ranges of elements as there are tasks. Each task sends of every
 * node of its shards each range to the task that owns it; the owner adds up the nodes of all tasks,
 * in the order of the {@link ShardTree}, and sends the result to all. So a task sends and receives
 * about twice the size of the gradients in a step, however many tasks there are, and which task
 * computes which shard does not matter.
 *
 * <p>A task listens on a port that the system chooses until every other one is connected, and no
 * longer. Not thread-safe.
 */
final class SocketExchange implements ShardExchange, AutoCloseable {
  private static final int HANDSHAKE_MS = 30_000;
  private static final int ANSWER_MS = 2_000;

  private final int self;
  private final Shares shares;
  private final int timeoutSeconds;
  private final BooleanSupplier interrupted;
  private final ServerSocket server;
  private final PeerLink[] links; // [task]; null for this one
  private final int[] nodes; // [task]: how many it has
  private final int firstNode; // of this task, of all
  private final ShardSum sum;
  private final double[] losses; // [node of all]

  // Made by the first step, for its size.
  private int size;
  private float[][] values; // [node of all][element of the range of this task]
  private byte[][] scattered; // [task]: what is sent to it
  private byte[] total; // of the range of this task
  private byte[] received;

  /**
   * Begins to listen.
   *
   * @param shares which task computes which shards
   * @param self the number of this task
   * @param host where to listen
   * @param timeoutSeconds how long to wait for a message
   * @param interrupted tells whether the task is to end
   */
  SocketExchange(
      Shares shares, int self, String host, int timeoutSeconds, BooleanSupplier interrupted)
      throws IOException {
    this.self = self;
    this.shares = shares;
    this.timeoutSeconds = timeoutSeconds;
    this.interrupted = interrupted;
    links = new PeerLink[shares.tasks()];
    nodes = new int[shares.tasks()];
    ShardTree tree = shares.tree();
    List<ShardTree.Node> all = new ArrayList<>();
    int before = 0;
    for (int task = 0; task < shares.tasks(); task++) {
      List<ShardTree.Node> own = tree.nodes(shares.firstShard(task), shares.firstShard(task + 1));
      nodes[task] = own.size();
      before += task < self ? own.size() : 0;
      all.addAll(own);
    }
    firstNode = before;
    sum = new ShardSum(tree, all);
    losses = new double[all.size()];
    server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getByName(host), 0), shares.tasks());
  }

  /** Where this task listens. */
  int port() {
    return server.getLocalPort();
  }

  /**
   * Connects with all other tasks, and then listens no longer. Of two tasks the one with the higher
   * number calls.
   *
   * @param addresses [task]: where it listens
   * @param encrypted whether messages are encrypted
   */
  void connect(List<InetSocketAddress> addresses, Handshake handshake, boolean encrypted)
      throws IOException {
    try (server) {
      for (int task = 0; task < self; task++) {
        Socket socket = new Socket();
        try {
          socket.connect(addresses.get(task), HANDSHAKE_MS);
          Handshake.Result keys = handshake.call(socket, self, task, within(HANDSHAKE_MS));
          link(socket, task, encrypted ? keys.callerKey() : null, keys.calleeKey(), encrypted);
        } catch (IOException e) {
          socket.close();
          throw new IOException("task " + task + " cannot be reached: " + e.getMessage(), e);
        }
      }
      accept(handshake, encrypted);
    }
  }

  private static long within(int milliseconds) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
  }

  private void accept(Handshake handshake, boolean encrypted) throws IOException {
    long deadline = within(HANDSHAKE_MS);
    server.setSoTimeout(500);
    int missing = shares.tasks() - 1 - self;
    while (missing > 0) {
      if (interrupted.getAsBoolean() || System.nanoTime() > deadline) {
        throw new SocketTimeoutException(missing + " other tasks have not connected");
      }
      Socket socket;
      try {
        socket = server.accept();
      } catch (SocketTimeoutException e) {
        continue;
      }
      try {
        // A stranger holds nobody up for long.
        Handshake.Result keys = handshake.answer(socket, self, within(ANSWER_MS));
        if (keys.peer() <= self || keys.peer() >= links.length || links[keys.peer()] != null) {
          throw new IOException("not expected");
        }
        link(socket, keys.peer(), keys.calleeKey(), keys.callerKey(), encrypted);
        missing--;
      } catch (IOException e) { // none of the training
        socket.close();
      }
    }
  }

  private void link(
      Socket socket, int task, byte[] sendingKey, byte[] receivingKey, boolean encrypted)
      throws IOException {
    links[task] =
        new PeerLink(
            socket,
            "task " + task,
            timeoutSeconds,
            interrupted,
            encrypted ? sendingKey : null,
            encrypted ? receivingKey : null);
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
    if (interrupted.getAsBoolean()) { // of all tasks, none might wait long enough to look
      throw new UncheckedIOException(new IOException("the task was ended"));
    }
    if (values == null) {
      prepare(sums[0].length);
    }
    try {
      scatter(sums, losses);
      int place = sum.add(images, values, from(self + 1) - from(self), this.losses);
      gather(values[place], sums[0]);
      losses[0] = this.losses[place];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare(int size) {
    this.size = size;
    int own = from(self + 1) - from(self);
    values = new float[losses.length][own];
    scattered = new byte[links.length][];
    int longest = 0;
    for (int task = 0; task < links.length; task++) {
      int range = from(task + 1) - from(task);
      scattered[task] = new byte[nodes[self] * (Double.BYTES + range * Float.BYTES)];
      int expected = nodes[task] * (Double.BYTES + own * Float.BYTES);
      longest = Math.max(longest, Math.max(expected, range * Float.BYTES));
    }
    total = new byte[own * Float.BYTES];
    received = new byte[longest];
  }

  /** The first element of the range of a task. */
  private int from(int task) {
    return (int) ((long) task * size / links.length);
  }

  /** Sends each node's ranges to their owners, and receives those of others. */
  private void scatter(float[][] sums, double[] losses) throws IOException {
    for (int task = 0; task < links.length; task++) {
      if (task != self) {
        ByteBuffer bytes = littleEndian(scattered[task]);
        int range = from(task + 1) - from(task);
        for (int node = 0; node < sums.length; node++) {
          bytes.putDouble(losses[node]);
          bytes.asFloatBuffer().put(sums[node], from(task), range);
          bytes.position(bytes.position() + range * Float.BYTES);
        }
        links[task].send(scattered[task], scattered[task].length);
      }
    }
    int own = from(self + 1) - from(self);
    int at = 0;
    for (int task = 0; task < links.length; task++) {
      if (task == self) {
        for (int node = 0; node < sums.length; node++) {
          System.arraycopy(sums[node], from(self), values[at], 0, own);
          this.losses[at++] = losses[node];
        }
        continue;
      }
      links[task].receive(received, nodes[task] * (Double.BYTES + own * Float.BYTES));
      ByteBuffer bytes = littleEndian(received);
      for (int node = 0; node < nodes[task]; node++) {
        this.losses[at] = bytes.getDouble();
        bytes.asFloatBuffer().get(values[at++], 0, own);
        bytes.position(bytes.position() + own * Float.BYTES);
      }
    }
  }

  /** Sends the range of this task to all, and receives those of others. */
  private void gather(float[] own, float[] all) throws IOException {
    int count = from(self + 1) - from(self);
    littleEndian(total).asFloatBuffer().put(own, 0, count);
    System.arraycopy(own, 0, all, from(self), count);
    for (PeerLink link : links) {
      if (link != null) {
        link.send(total, total.length);
      }
    }
    for (int task = 0; task < links.length; task++) {
      if (task != self) {
        int range = from(task + 1) - from(task);
        links[task].receive(received, range * Float.BYTES);
        littleEndian(received).asFloatBuffer().get(all, from(task), range);
      }
    }
  }

  /**
   * Adds numbers of which each is 0 in all tasks but one.
   *
   * @param numbers as many in each task; afterwards the sums
   */
  void combine(double[] numbers) throws IOException {
    byte[] mine = new byte[numbers.length * Double.BYTES];
    littleEndian(mine).asDoubleBuffer().put(numbers);
    for (PeerLink link : links) {
      if (link != null) {
        link.send(mine, mine.length);
      }
    }
    byte[] theirs = new byte[mine.length];
    for (PeerLink link : links) {
      if (link != null) {
        link.receive(theirs, theirs.length);
        ByteBuffer bytes = littleEndian(theirs);
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] += bytes.getDouble();
        }
      }
    }
  }

  /** Waits until all tasks have come this far: none leaves while another may have to start anew. */
  void finish() throws IOException {
    combine(new double[1]);
    for (PeerLink link : links) {
      if (link != null) {
        link.flush();
      }
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Tells all other tasks what has gone wrong: trying again would not help. */
  void sendFault(String text) {
    for (PeerLink link : links) {
      if (link != null) {
        link.sendFault(text);
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (PeerLink link : links) {
      if (link != null) {
        link.close();
      }
    }
  }
}
