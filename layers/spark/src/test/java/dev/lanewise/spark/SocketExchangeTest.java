// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.train.ShardSum;
import dev.lanewise.layers.train.ShardTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exchanges between tasks that are threads here. */
final class SocketExchangeTest {
  private static final byte[] SECRET = new byte[32];
  private static final int SIZE = 150_001; // some pieces for each task

  private final List<PeerLinks> open = new ArrayList<>();
  private final List<SocketExchange> exchanges = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() throws IOException {
    exchanges.forEach(SocketExchange::close);
    for (PeerLinks each : open) {
      each.close();
    }
    threads.shutdownNow();
  }

  private static Shares shares(int tasks, int shards) {
    return new Shares(tasks, shards, 16, 0, 100);
  }

  private List<InetSocketAddress> listen(Shares shares, int timeout) throws IOException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int task = 0; task < shares.tasks(); task++) {
      PeerLinks links = new PeerLinks(task, shares.tasks(), "localhost", timeout, () -> false);
      open.add(links);
      exchanges.add(new SocketExchange(links, task, shares));
      addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), links.port()));
    }
    return addresses;
  }

  private List<Future<Void>> connect(List<InetSocketAddress> addresses, boolean encrypted) {
    return all(
        task -> {
          open.get(task).connect(addresses, new Handshake(SECRET, 0), encrypted);
          return null;
        });
  }

  /** What a task does. */
  private interface Work<T> {
    T run(int task) throws Exception;
  }

  private <T> List<Future<T>> all(Work<T> work) {
    List<Future<T>> results = new ArrayList<>();
    for (int task = 0; task < open.size(); task++) {
      int self = task;
      results.add(threads.submit((Callable<T>) () -> work.run(self)));
    }
    return results;
  }

  private static <T> void await(List<Future<T>> futures) throws Exception {
    for (Future<T> future : futures) {
      future.get();
    }
  }

  private static float[] values(int size, int shard, int step) {
    Random random = new Random(100L * step + shard);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private static float[][] nodes(ShardTree tree, int first, int end, int step, double[] losses) {
    return nodes(SIZE, tree, first, end, step, losses);
  }

  private static float[][] nodes(
      int size, ShardTree tree, int first, int end, int step, double[] losses) {
    List<ShardTree.Node> nodes = tree.nodes(first, end);
    float[][] sums = new float[nodes.size()][];
    for (int i = 0; i < sums.length; i++) {
      ShardTree.Node node = nodes.get(i);
      float[][] each = new float[tree.shards()][];
      for (int shard = 0; shard < tree.shards(); shard++) {
        each[shard] = values(size, shard, step);
      }
      sums[i] = sum(tree, node, each);
      losses[i] = node.first() + 0.1 * node.end();
    }
    return sums;
  }

  private static float[] sum(ShardTree tree, ShardTree.Node node, float[][] each) {
    if (node.end() - node.first() == 1) {
      return each[node.first()];
    }
    int middle = (node.first() + node.end()) >>> 1;
    float[] left = sum(tree, new ShardTree.Node(node.first(), middle), each);
    float[] right = sum(tree, new ShardTree.Node(middle, node.end()), each);
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"2,2,false", "2,5,true", "3,8,false", "4,5,true", "1,3,false"})
  void allTasksGetTheSumAlongTheTree(int tasks, int shards, boolean encrypted) throws Exception {
    Shares shares = shares(tasks, shards);
    await(connect(listen(shares, 60), encrypted));
    ShardTree tree = new ShardTree(shards);
    for (int step = 0; step < 3; step++) {
      int s = step;
      float[] expected = nodes(tree, 0, shards, s, new double[1])[0];
      List<Future<float[]>> sums =
          all(
              task -> {
                SocketExchange exchange = exchanges.get(task);
                double[] losses = new double[shards];
                float[][] own = nodes(tree, exchange.first(), exchange.end(), s, losses);
                exchange.sum(100, own, losses);
                return own[0];
              });
      for (Future<float[]> sum : sums) {
        assertArrayEquals(expected, sum.get());
      }
    }
  }

  /** What is not complete yet is no number, and would spoil the sum. */
  @ParameterizedTest
  @CsvSource({
    "2,2,150001,false",
    "2,5,150001,true",
    "3,8,150001,false",
    "4,5,40003,false",
    "4,5,2,false",
    "4,4,2,true",
    "1,3,2000,false"
  })
  void theSumIsTheSameWhereTheExchangeBeginsEarly(
      int tasks, int shards, int size, boolean encrypted) throws Exception {
    await(connect(listen(shares(tasks, shards), 60), encrypted));
    ShardTree tree = new ShardTree(shards);
    for (int step = 0; step < 5; step++) {
      int s = step;
      float[] expected = nodes(size, tree, 0, shards, s, new double[1])[0];
      List<Future<float[]>> sums = all(task -> sumEarly(size, tree, task, s));
      for (Future<float[]> sum : sums) {
        assertArrayEquals(expected, sum.get());
      }
    }
  }

  private float[] sumEarly(int size, ShardTree tree, int task, int step) {
    SocketExchange exchange = exchanges.get(task);
    double[] losses = new double[tree.shards()];
    float[][] whole = nodes(size, tree, exchange.first(), exchange.end(), step, losses);
    float[][] own = new float[whole.length][size];
    for (float[] node : own) {
      Arrays.fill(node, Float.NaN);
    }
    Random random = new Random(10L * step + task);
    for (int from = 0, count; from < size; from = count) {
      count = Math.min(size, from + 1 + random.nextInt(1 + size / 5));
      for (int node = 0; node < own.length; node++) {
        System.arraycopy(whole[node], from, own[node], from, count - from);
      }
      exchange.begin(100, own, count);
    }
    exchange.sum(100, own, losses);
    return own[0];
  }

  @Test
  @Timeout(60)
  void whatIsCompleteIsExchangedWhileTheRestIsComputed() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    List<Future<Void>> all =
        all(
            task -> {
              float[][] own = {new float[SIZE]};
              Arrays.fill(own[0], task + 1);
              exchanges.get(task).begin(10, own, SIZE);
              while (own[0][0] != 3 || own[0][SIZE - 1] != 3) { // the sum: nobody waits for it
                Thread.sleep(1);
              }
              exchanges.get(task).sum(10, own, new double[1]);
              return null;
            });
    await(all);
  }

  /** It has time enough to compute for longer than others may be silent while it waits. */
  @Test
  void aTaskThatComputesDoesNotWaitForOthers() throws Exception {
    await(connect(listen(shares(2, 2), 1), false));
    CyclicBarrier computed = new CyclicBarrier(2);
    List<Future<float[]>> sums =
        all(
            task -> {
              float[][] own = {{1, 2, 3}};
              exchanges.get(task).begin(10, own, 1);
              Thread.sleep(1_800);
              computed.await();
              exchanges.get(task).sum(10, own, new double[1]);
              return own[0];
            });
    for (Future<float[]> sum : sums) {
      assertArrayEquals(new float[] {2, 4, 6}, sum.get());
    }
  }

  /** It has begun to send, more than is on its way at once, and cannot compute the rest. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  @Timeout(60)
  void aTaskThatFailsInItsStepSaysSo(boolean encrypted) throws Exception {
    await(connect(listen(shares(3, 3), 60), encrypted));
    int size = 8 << 20;
    float[][] first = {new float[size]};
    float[][] second = {new float[size]};
    exchanges.get(0).begin(10, first, size / 2);
    exchanges.get(1).begin(10, second, size / 2);
    Future<?> told =
        threads.submit(
            () -> {
              exchanges.get(1).close();
              open.get(1).sendFault("the data cannot be read");
            });
    // A task that is told tells the third one, which has computed nothing yet.
    List<Future<Void>> others = new ArrayList<>();
    others.add(threads.submit(() -> sum(0, first)));
    others.add(threads.submit(() -> sum(2, new float[][] {new float[size]})));
    for (Future<Void> other : others) {
      ExecutionException e = assertThrows(ExecutionException.class, other::get);
      assertEquals("the data cannot be read", e.getCause().getCause().getMessage());
    }
    told.get();
  }

  @Test
  @Timeout(60)
  void aTaskThatIsGoneInItsStepIsNoticed() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    float[][] own = {new float[SIZE]};
    exchanges.get(0).begin(10, own, SIZE / 2);
    open.get(1).close();
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class, () -> exchanges.get(0).sum(10, own, new double[1]));
    assertTrue(e.getMessage().contains("task 1"), e.getMessage());
    exchanges.get(0).close();
    exchanges.get(0).close(); // does no harm
  }

  @Test
  @Timeout(60)
  void aTaskThatIsInterruptedDoesNotWait() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    float[][] own = {new float[SIZE]};
    exchanges.get(0).begin(10, own, SIZE / 2);
    Thread.currentThread().interrupt();
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class, () -> exchanges.get(0).sum(10, own, new double[1]));
    assertEquals("the task was ended", e.getCause().getMessage());
    exchanges.get(0).close(); // returns, though nobody has sent anything
    assertTrue(Thread.interrupted(), "the interruption is kept");
  }

  /** The step before has not come to its sum. */
  @Test
  void afterAStepThatWasGivenUpThereIsNoOther() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    float[][] own = {new float[SIZE]};
    exchanges.get(0).begin(10, own, SIZE / 2);
    assertThrows(IllegalStateException.class, () -> exchanges.get(0).begin(10, own, SIZE / 4));
  }

  /** Two images make shards 2 and 5 of six; the others have none, and their sums do not count. */
  @Test
  void shardsWithoutImagesHaveNoPart() {
    ShardTree tree = new ShardTree(6);
    List<ShardTree.Node> leaves = new ArrayList<>();
    float[][] each = new float[6][];
    double[] losses = new double[6];
    for (int shard = 0; shard < 6; shard++) {
      leaves.add(new ShardTree.Node(shard, shard + 1));
      each[shard] = new float[] {shard == 2 || shard == 5 ? shard : Float.NaN};
      losses[shard] = shard == 2 || shard == 5 ? shard : Double.NaN;
    }
    int place = new ShardSum(tree, leaves).add(2, each, 1, losses);
    assertEquals(7, each[place][0]);
    assertEquals(7, losses[place]);
  }

  @Test
  void nobodyListensOnceAllAreConnected() throws Exception {
    List<InetSocketAddress> addresses = listen(shares(3, 3), 60);
    await(connect(addresses, false));
    for (InetSocketAddress address : addresses) {
      try (Socket late = new Socket()) {
        assertThrows(ConnectException.class, () -> late.connect(address, 1000));
      }
    }
  }

  @Test
  void whoDoesNotKnowTheSecretIsTurnedAway() throws Exception {
    List<InetSocketAddress> addresses = listen(shares(2, 2), 60);
    byte[] other = new byte[32];
    other[7] = 1;
    Future<?> first =
        threads.submit(
            () -> {
              open.get(0).connect(addresses, new Handshake(SECRET, 1), false);
              return null;
            });
    assertTurnedAway(addresses.get(0), new Handshake(other, 1));
    assertTurnedAway(addresses.get(0), new Handshake(SECRET, 0)); // of an earlier attempt
    assertProofIsRead(addresses.get(0));
    open.get(1).connect(addresses, new Handshake(SECRET, 1), false);
    first.get();
  }

  /** One who does not mind what the other side proves, and proves nothing. */
  private static void assertProofIsRead(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      ByteBuffer hello = ByteBuffer.allocate(44).putInt(0x4C414E45).putInt(1).putInt(1);
      socket.getOutputStream().write(hello.array());
      socket.getInputStream().readNBytes(64);
      socket.getOutputStream().write(new byte[32]);
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  private static void assertTurnedAway(InetSocketAddress address, Handshake handshake)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      long deadline = System.nanoTime() + 30_000_000_000L;
      assertThrows(IOException.class, () -> handshake.call(socket, 1, 0, deadline));
    }
  }

  @Test
  void aTaskThatIsGoneIsNoticedAtOnce() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    open.get(1).close();
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class,
            () -> exchanges.get(0).sum(10, new float[][] {new float[5]}, new double[1]));
    assertTrue(e.getMessage().contains("task 1"), e.getMessage());
  }

  @Test
  void aTaskThatIsSilentIsNotWaitedForForEver() throws Exception {
    await(connect(listen(shares(2, 2), 1), false));
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class,
            () -> exchanges.get(0).sum(10, new float[][] {new float[5]}, new double[1]));
    assertTrue(e.getMessage().contains("task 1 was silent for 1 s"), e.getMessage());
  }

  /** One that computes for longer than others look again after. */
  @Test
  void aSlowTaskIsWaitedFor() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    List<Future<float[]>> sums =
        all(
            task -> {
              Thread.sleep(700 * task);
              float[] own = {1, 2, 3};
              exchanges.get(task).sum(10, new float[][] {own}, new double[1]);
              return own;
            });
    for (Future<float[]> sum : sums) {
      assertArrayEquals(new float[] {2, 4, 6}, sum.get());
    }
  }

  @Test
  void nobodyListensForATaskThatHasEnded() throws Exception {
    List<InetSocketAddress> addresses = listen(shares(2, 2), 60);
    open.get(0).close();
    IOException e =
        assertThrows(
            IOException.class,
            () -> open.get(1).connect(addresses, new Handshake(SECRET, 0), false));
    assertTrue(e.getMessage().startsWith("task 0 cannot be reached: "), e.getMessage());
  }

  /** A task that is to end does so, though all others are there. */
  @Test
  void aTaskThatIsEndedMakesNoFurtherStep() throws Exception {
    boolean[] ended = {false};
    try (PeerLinks links = new PeerLinks(0, 1, "localhost", 10, () -> ended[0])) {
      links.connect(List.of(), new Handshake(SECRET, 0), false);
      SocketExchange alone = new SocketExchange(links, 0, shares(1, 1));
      float[][] sums = {{1, 2, 3}};
      alone.sum(10, sums, new double[1]);
      assertArrayEquals(new float[] {1, 2, 3}, sums[0]);
      ended[0] = true;
      assertThrows(UncheckedIOException.class, () -> alone.sum(10, sums, new double[1]));
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void whatHasGoneWrongIsToldToTheOthers(boolean encrypted) throws Exception {
    await(connect(listen(shares(2, 2), 60), encrypted));
    // It waits until the others have left.
    Future<?> told = threads.submit(() -> open.get(1).sendFault("the training has diverged"));
    UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> sum(0));
    told.get();
    assertTrue(e.getCause() instanceof PeerLink.FaultException);
    assertEquals("the training has diverged", e.getCause().getMessage());
  }

  /** Though another task, which was told first, has left. */
  @Test
  void whatHasGoneWrongIsToldOnByWhoeverLearnsIt() throws Exception {
    await(connect(listen(shares(3, 3), 60), false));
    Future<?> first = threads.submit(() -> open.get(0).sendFault("the training has diverged"));
    Future<?> second = threads.submit(() -> sum(2));
    Thread.sleep(300); // enough for task 2 to leave, if nothing held it
    UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> sum(1));
    assertEquals("the training has diverged", e.getCause().getMessage());
    assertThrows(ExecutionException.class, second::get);
    first.get();
  }

  private Void sum(int task) throws IOException {
    return sum(task, new float[][] {new float[5]});
  }

  private Void sum(int task, float[][] own) throws IOException {
    try {
      exchanges.get(task).sum(10, own, new double[1]);
      return null;
    } finally {
      open.get(task).close();
    }
  }

  /** Messages that come early neither keep a task awake nor hide that another one is silent. */
  @Test
  @Timeout(60)
  void aTaskThatIsSilentIsNoticedThoughAnotherIsAhead() throws Exception {
    await(connect(listen(shares(3, 3), 1), false));
    open.get(1).run(new Ahead());
    Combination waiting = new Combination(new double[1], 3);
    IOException e = assertThrows(IOException.class, () -> open.get(0).run(waiting));
    assertEquals("task 2 was silent for 1 s", e.getMessage());
  }

  /** Sends two messages to task 0, and expects none. */
  private static final class Ahead implements PeerLinks.Talk {
    private int sent;

    @Override
    public boolean send(int task, PeerLink link) throws IOException {
      if (task != 0 || isDone()) {
        return false;
      }
      link.send(PeerLink.PART, Double.BYTES);
      sent++;
      return true;
    }

    @Override
    public int expected(int task, int kind) {
      return -1;
    }

    @Override
    public void receive(int task, PeerLink link) {
      throw new AssertionError("nothing is expected");
    }

    @Override
    public boolean isDone() {
      return sent == 2;
    }
  }

  /** Though there is much to be read where it is said. */
  @Test
  void whatHasGoneWrongIsToldWhileTheOthersSend() throws Exception {
    await(connect(listen(shares(2, 2), 60), false));
    Future<?> sum =
        threads.submit(
            () -> exchanges.get(0).sum(10, new float[][] {new float[8 << 20]}, new double[1]));
    Thread.sleep(100);
    open.get(1).sendFault("the data cannot be read");
    open.get(1).close();
    ExecutionException e = assertThrows(ExecutionException.class, sum::get);
    assertEquals("the data cannot be read", e.getCause().getCause().getMessage());
  }
}
