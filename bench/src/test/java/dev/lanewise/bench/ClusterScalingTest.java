// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.bench.ClusterExchange.Network;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterScalingTest {
  private static final long BYTES = 12_000_000;

  /**
   * With processors that cost nothing, the cards decide: in and out, twice all but the own part.
   */
  @Test
  void anExchangeTakesWhatItsBytesTake() {
    Network network = new Network(1e9, 0, 0, 0);
    for (int machines : new int[] {2, 3, 8}) {
      double[] done = new ClusterExchange(machines, BYTES, network).run(new double[machines]);
      double bound = 2 * BYTES / 1e9 * (machines - 1) / machines;
      for (double each : done) {
        assertTrue(each >= 0.999 * bound, machines + ": " + each + ", at least " + bound);
        assertTrue(each <= 1.1 * bound + 65_536 / 1e9, machines + ": " + each + ", about " + bound);
      }
    }
  }

  /** With a network that costs nothing, the processors do. */
  @Test
  void aProcessorWritesAndReadsAll() {
    Network network = new Network(1e15, 0, 0, 1e-9);
    double[] done = new ClusterExchange(2, BYTES, network).run(new double[2]);
    assertEquals(2 * BYTES * 1e-9, done[0], 1e-3 * done[0]);
  }

  @Test
  void whoIsLateHoldsUpAll() {
    double[] done =
        new ClusterExchange(4, BYTES, new Network(1e9, 0, 0, 0)).run(new double[] {0, 0, 9, 0});
    assertTrue(Arrays.stream(done).min().orElseThrow() > 9);
  }

  @Test
  void onlyWhatTheExchangeTakesIsLost() {
    ClusterTraining training = new ClusterTraining(16, 1000, 1, 0, 0, 0);
    assertEquals(0.01, training.step(null, 160), 1e-9);
    ClusterExchange exchange = new ClusterExchange(2, BYTES, new Network(1e9, 0, 0, 0));
    double time = exchange.run(new double[2])[0];
    assertEquals(0.01 + time, training.step(exchange, 320), 1e-6);
    ClusterTraining overlapped = new ClusterTraining(16, 100, 1, 0, 0, 0.5);
    assertEquals(0.1, overlapped.step(exchange, 320), 1e-6);
  }

  @Test
  void printsATableForEachRate() {
    StringWriter out = new StringWriter();
    PrintWriter printer = new PrintWriter(out, true);
    String[] args = {"--machines=2,8", "--batches=512,8192", "--gbits=10,100"};
    assertEquals(0, Commands.run(new ClusterScalingCommand(), printer, printer, args));
    List<String> lines = out.toString().lines().toList();
    assertEquals(10, lines.size(), out.toString());
    assertTrue(lines.get(3).matches(" +2( +[0-9]+\\.[0-9]{2}){3} +[0-9]+"), lines.get(3));
    assertEquals(2, Commands.run(new ClusterScalingCommand(), printer, printer, "--machines=1"));
  }
}
