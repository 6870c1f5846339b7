// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.train.ShardTree;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures an exchange of gradients between threads over the loopback: {@code ExchangeSpeed [tasks
 * [floats [encrypted]]]}.
 */
final class ExchangeSpeed {
  private static final int STEPS = 400;
  private static final int ROUNDS = 5;

  private ExchangeSpeed() {}

  public static void main(String[] args) throws Exception {
    int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int floats = args.length > 1 ? Integer.parseInt(args[1]) : 468_000;
    boolean encrypted = args.length > 2 && Boolean.parseBoolean(args[2]);
    Shares shares = new Shares(tasks, tasks, tasks, 0, 100);
    List<PeerLinks> links = new ArrayList<>();
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      links.add(new PeerLinks(task, tasks, "localhost", 10, () -> false));
      int port = links.getLast().port();
      addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks)) {
      List<Callable<double[]>> work = new ArrayList<>();
      for (int task = 0; task < tasks; task++) {
        SocketExchange exchange = new SocketExchange(links.get(task), task, shares);
        PeerLinks own = links.get(task);
        work.add(
            () -> {
              own.connect(addresses, new Handshake(new byte[32], 0), encrypted);
              return measure(exchange, new ShardTree(tasks), floats);
            });
      }
      for (Future<double[]> future : threads.invokeAll(work)) {
        System.out.println(
            tasks + " tasks, " + floats + " floats, ms: " + Arrays.toString(future.get()));
      }
    }
    for (PeerLinks each : links) {
      each.close();
    }
  }

  /** The median of each round. */
  private static double[] measure(SocketExchange exchange, ShardTree tree, int floats) {
    float[][] sums = new float[tree.nodes(exchange.first(), exchange.end()).size()][floats];
    double[] medians = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long[] nanos = new long[STEPS];
      for (int step = 0; step < STEPS; step++) {
        long begun = System.nanoTime();
        exchange.sum(tree.shards(), sums, new double[sums.length]);
        nanos[step] = System.nanoTime() - begun;
      }
      Arrays.sort(nanos);
      medians[round] = Math.rint(nanos[STEPS / 2] / 1e3) / 1e3;
    }
    return medians;
  }
}
