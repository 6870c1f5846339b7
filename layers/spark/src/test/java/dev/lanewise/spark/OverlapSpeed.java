// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Sampling;
import dev.lanewise.layers.train.ShardExchange;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures what it brings to exchange gradients while others are computed: {@code OverlapSpeed
 * [model [batch [tasks]]]} trains in threads that talk over the loopback, in turn with and without
 * beginning early. To see more than nothing on one machine, limit the loopback, as by {@code tc
 * qdisc add dev lo root tbf rate 2gbit burst 256kb latency 50ms} in a network namespace.
 */
final class OverlapSpeed {
  private static final int STEPS = 30;
  private static final int ROUNDS = 15;

  private OverlapSpeed() {}

  /** Adds up at the end of a step alone, or early; and looks when half could be. */
  private static final class Timed implements ShardExchange {
    private final ShardExchange exchange;
    private final boolean early;
    private long half;
    private long ended;
    private double parts; // of the time between two exchanges
    private int steps;

    Timed(ShardExchange exchange, boolean early) {
      this.exchange = exchange;
      this.early = early;
    }

    @Override
    public int shards() {
      return exchange.shards();
    }

    @Override
    public int first() {
      return exchange.first();
    }

    @Override
    public int end() {
      return exchange.end();
    }

    @Override
    public void begin(int images, float[][] sums, int count) {
      if (half == 0 && count >= sums[0].length / 2) {
        half = System.nanoTime();
      }
      if (early) {
        exchange.begin(images, sums, count);
      }
    }

    @Override
    public void sum(int images, float[][] sums, double[] losses) {
      long now = System.nanoTime();
      if (ended > 0) {
        parts += (double) (now - half) / (now - ended);
        steps++;
      }
      exchange.sum(images, sums, losses);
      half = 0;
      ended = System.nanoTime();
    }
  }

  public static void main(String[] args) throws Exception {
    String model = args.length > 0 ? args[0] : "complex";
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 512;
    int tasks = args.length > 2 ? Integer.parseInt(args[2]) : 2;
    List<PeerLinks> links = new ArrayList<>();
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      links.add(new PeerLinks(task, tasks, "localhost", 60, () -> false));
      int port = links.getLast().port();
      addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks)) {
      List<Callable<double[][]>> work = new ArrayList<>();
      for (int task = 0; task < tasks; task++) {
        PeerLinks own = links.get(task);
        Shares shares = new Shares(tasks, tasks, batch, 0, batch * STEPS);
        SocketExchange exchange = new SocketExchange(own, task, shares);
        work.add(
            () -> {
              own.connect(addresses, new Handshake(new byte[32], 0), false);
              try (exchange) {
                return measure(model, batch, exchange);
              }
            });
      }
      List<Future<double[][]>> results = threads.invokeAll(work);
      for (int task = 0; task < tasks; task++) {
        double[][] ms = results.get(task).get();
        double[] ratios = new double[ROUNDS];
        Arrays.setAll(ratios, round -> ms[0][round] / ms[1][round]);
        Arrays.sort(ratios);
        System.out.printf(
            Locale.ROOT,
            "task %d, ms a step: at the end %s, early %s; median ratio %.3f%n",
            task,
            Arrays.toString(ms[0]),
            Arrays.toString(ms[1]),
            ratios[ROUNDS / 2]);
      }
    }
    for (PeerLinks each : links) {
      each.close();
    }
  }

  /** [late or early][round]: the median of its steps. */
  private static double[][] measure(String model, int batch, ShardExchange exchange) {
    Shape shape = Shape.of(28, 28, 1);
    Dataset data = noise(shape, batch * STEPS);
    double[][] medians = new double[2][ROUNDS];
    List<Trainer> trainers = new ArrayList<>();
    List<Timed> exchanges = List.of(new Timed(exchange, false), new Timed(exchange, true));
    for (Timed each : exchanges) {
      Network network = Models.of(model, shape, 10);
      network.initialize(1);
      trainers.add(
          Trainer.of(network)
              .optimizer(new Sgd())
              .learningRate(0.01f)
              .batchSize(batch)
              .seed(1)
              .shards(each)
              .sampling(Sampling.byShards(exchange.shards(), batch))
              .team(WorkerTeam.single())
              .build());
    }
    for (int round = -1; round < ROUNDS; round++) {
      for (int early = 0; early < 2; early++) {
        long[] ends = new long[STEPS + 1];
        ends[0] = System.nanoTime();
        int[] step = {0};
        TrainingListener clock =
            new TrainingListener() {
              @Override
              public void onStep(int images, double meanLoss) {
                ends[++step[0]] = System.nanoTime();
              }
            };
        trainers.get(early).fit(1, data, clock);
        long[] nanos = new long[STEPS];
        Arrays.setAll(nanos, i -> ends[i + 1] - ends[i]);
        Arrays.sort(nanos);
        if (round >= 0) {
          medians[early][round] = Math.rint(nanos[STEPS / 2] / 1e4) / 1e2;
        }
      }
    }
    Timed late = exchanges.getFirst();
    System.out.printf(
        Locale.ROOT,
        "half of the gradients are complete after %.2f of the time of computing%n",
        1 - late.parts / late.steps);
    return medians;
  }

  private static Dataset noise(Shape shape, int images) {
    Random random = new Random(1);
    float[] pixels = new float[images * shape.size()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return new FloatDataset(shape, 10, pixels, random.ints(images, 0, 10).toArray());
  }
}
