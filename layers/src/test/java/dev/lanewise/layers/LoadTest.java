// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainerBuilder;
import dev.lanewise.layers.train.TrainingListener;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One network used for long, and by many. The build gives this test a Java of its own, since it
 * looks at the heap and at allocations; it is short there, and long with {@code -Psoak}.
 */
class LoadTest {
  /** How many times as long as in an ordinary build. */
  private static final int SOAK = Integer.getInteger("lanewise.soak", 1);

  private static final int PREDICTIONS = 20_000 * SOAK;
  private static final int STEPS = 20_000 * SOAK;
  private static final int THREADS = 64;
  private static final int IMAGES = 20;
  private static final int CLASSES = 4;
  private static final Shape SHAPE = new Shape(6, 6, 1);
  private static final ThreadMXBean THREAD_BEAN =
      (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final FloatDataset data = data();

  private static FloatDataset data() {
    RandomStream random = new RandomStream(7).split("load");
    float[] images = new float[IMAGES * SHAPE.size()];
    int[] labels = new int[IMAGES];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextDouble();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    return new FloatDataset(SHAPE, CLASSES, images, labels);
  }

  private static Network network() {
    Network network = Models.simple(SHAPE, CLASSES);
    network.initialize(3);
    return network;
  }

  /** One thread that predicts: its pass, and what serial predictions have given. */
  private final class Client {
    private final Network.Pass pass;
    private final int[] label = new int[1];
    private final int[] index = new int[1];
    private final float[][] expected;

    Client(Network network, WorkerTeam team, float[][] expected) {
      pass = network.inferencePass(1, team);
      this.expected = expected;
    }

    /** Predicts some images; returns how many predictions were not, bit for bit, as expected. */
    int predict(int count) {
      int wrong = 0;
      Tensor x = pass.input();
      for (int i = 0; i < count; i++) {
        int image = i % IMAGES;
        index[0] = image;
        data.copy(index, 0, 1, x.data, x.offset, label, 0);
        Tensor y = pass.forward(1);
        for (int c = 0; c < CLASSES; c++) {
          if (Float.floatToRawIntBits(y.data[y.offset + c])
              != Float.floatToRawIntBits(expected[image][c])) {
            wrong++;
          }
        }
      }
      return wrong;
    }
  }

  private float[][] predictSerially(Network network) {
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    float[][] logits = new float[IMAGES][];
    for (int i = 0; i < IMAGES; i++) {
      data.copy(new int[] {i}, 0, 1, pass.input().data, pass.input().offset, new int[1], 0);
      Tensor y = pass.forward(1);
      logits[i] = Arrays.copyOfRange(y.data, y.offset, y.offset + CLASSES);
    }
    return logits;
  }

  /** What one thread has done in a round. */
  private record Round(int wrong, long allocated, long stops) {}

  /**
   * Every prediction has the bits of a serial one. Once the JVM has loaded its classes, where 64
   * threads may meet at a lock of its own, and C2 has compiled the kernels, no thread blocks, waits
   * or allocates: a lock on the way would show in every round.
   *
   * @param shared whether all threads use one team of two; if not, each works alone
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void manyThreadsPredictAtOnce(boolean shared) throws Exception {
    int perRound = 100;
    Network network = network();
    float[][] expected = predictSerially(network);
    new Client(network, WorkerTeam.single(), expected).predict(20_000); // compiles
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (WorkerTeam team = new WorkerTeam(2)) {
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        clients.add(new Client(network, shared ? team : WorkerTeam.single(), expected));
      }
      long predictions = 0;
      long allocated = Long.MAX_VALUE;
      long stops = Long.MAX_VALUE;
      for (int round = 0; predictions < PREDICTIONS || allocated + stops > 0; round++) {
        assertTrue(
            round < 200 + PREDICTIONS / perRound / THREADS,
            allocated + " bytes and " + stops + " stops in every round");
        List<Future<Round>> rounds = new ArrayList<>();
        for (Client client : clients) {
          rounds.add(threads.submit(() -> round(client, perRound, start)));
        }
        allocated = 0;
        stops = 0;
        for (Future<Round> future : rounds) {
          Round done = future.get();
          assertEquals(0, done.wrong);
          allocated += done.allocated;
          stops += done.stops;
        }
        predictions += (long) THREADS * perRound;
      }
      assertArrayEquals(expected, predictSerially(network));
    } finally {
      threads.shutdownNow();
    }
  }

  private static Round round(Client client, int count, CyclicBarrier start) throws Exception {
    start.await();
    long stops = stops();
    long before = THREAD_BEAN.getCurrentThreadAllocatedBytes();
    int wrong = client.predict(count);
    long allocated = THREAD_BEAN.getCurrentThreadAllocatedBytes() - before;
    return new Round(wrong, allocated, stops() - stops);
  }

  /** How often this thread had to stop for a monitor, a lock or a notification. */
  private static long stops() {
    ThreadInfo info = THREAD_BEAN.getThreadInfo(Thread.currentThread().threadId());
    return info.getBlockedCount() + info.getWaitedCount();
  }

  @Test
  void manyTrainingStepsKeepNoMemory() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      Network network = network();
      Trainer trainer = trainer(network, team, 2).build();
      long[] steps = {0};
      TrainingListener counting =
          new TrainingListener() {
            @Override
            public void onStep(int images, double meanLoss) {
              steps[0]++;
            }
          };
      int epochs = STEPS * 2 / IMAGES;
      trainer.fit(epochs / 10, data, counting); // what classes and C2 need
      long before = heapInUse();
      trainer.fit(epochs, data, counting);
      long growth = heapInUse() - before;
      assertTrue(steps[0] >= STEPS, steps[0] + " steps");
      assertTrue(growth < 1 << 20, growth + " bytes more");
    }
  }

  private static TrainerBuilder trainer(Network network, WorkerTeam team, int batch) {
    return Trainer.of(network).optimizer(new Sgd()).learningRate(0.01f).batchSize(batch).team(team);
  }

  private static long heapInUse() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  @Test
  void afterCloseNoThreadIsLeftAndNothingRuns() throws Exception {
    List<Thread> before = helpers();
    WorkerTeam team = new WorkerTeam(8);
    Network network = network();
    Network.Pass inference = network.inferencePass(4, team);
    Network.Pass training = network.trainingPass(4, team);
    Optimizer.Updater updater = new Sgd().newUpdater(network.parameters(), team);
    Trainer trainer = trainer(network, team, 4).validation(data).build();
    inference.forward(4);
    training.forward(4);
    training.backward(4);
    trainer.fit(3, data);
    List<Thread> helpers = helpers();
    helpers.removeAll(before);
    assertEquals(7, helpers.size());

    team.close();

    for (Thread helper : helpers) {
      assertTrue(helper.join(Duration.ofSeconds(1)), helper + " is still there");
    }
    assertThrows(IllegalStateException.class, () -> inference.forward(4));
    assertThrows(IllegalStateException.class, () -> inference.forward(1));
    assertThrows(IllegalStateException.class, () -> training.backward(4));
    assertThrows(IllegalStateException.class, () -> updater.step(0.01f));
    assertThrows(IllegalStateException.class, () -> trainer.fit(1, data));
    team.close();
  }

  private static List<Thread> helpers() {
    return new ArrayList<>(
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().startsWith("lanewise-"))
            .toList());
  }
}
