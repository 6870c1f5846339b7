// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What several machines reach of their number, by simulation. */
@Command(
    name = "ClusterScaling",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    versionProvider = Commands.Version.class,
    description = {
      "Simulates data-parallel trainings, as by Lanewise on Spark, by 1 to 64 machines.",
      "Prints what part of the images/s of as many lone machines they reach, and the smallest",
      "batch (a power of two) with which they reach --goal of it. The defaults are those of",
      "the network complex, measured on two cores: see docs/lab/2026-11-30-overlap.md."
    })
final class ClusterScalingCommand implements Callable<Integer> {
  private static final int LARGEST = 1 << 20; // batch

  @Option(names = "--floats", description = "Parameters and buffers of the network.")
  private int floats = 468_000;

  @Option(names = "--core-rate", description = "Images/s that one core trains by itself.")
  private double coreRate = 1800;

  @Option(names = "--cores", description = "Cores of each machine.")
  private int cores = 16;

  @Option(names = "--efficiency", description = "What the cores of a machine reach together.")
  private double efficiency = 0.9;

  @Option(names = "--fixed", description = "Microseconds of each step that no batch changes.")
  private double fixed = 300;

  @Option(names = "--spread", description = "Standard deviation of the time of a machine's part.")
  private double spread = 0.03;

  @Option(
      names = "--overlap",
      description = "Last part of that time in which gradients are exchanged already.")
  private double overlap = 0.6;

  @Option(names = "--latency", description = "Microseconds that a message is on its way.")
  private double latency = 30;

  @Option(names = "--per-message", description = "Microseconds to write or read a message.")
  private double perMessage = 3;

  @Option(names = "--per-byte", description = "Nanoseconds of it for each byte.")
  private double perByte = 0.13;

  @Option(names = "--gbits", split = ",", description = "Rates of the network, Gbit/s.")
  private double[] gbits = {10, 100};

  @Option(names = "--machines", split = ",", description = "How many machines.")
  private int[] machines = {2, 4, 8, 16, 32, 64};

  @Option(names = "--batches", split = ",", description = "Images of a step, of all machines.")
  private int[] batches = {512, 2048, 8192, 32_768};

  @Option(names = "--goal", description = "The part that is looked for.")
  private double goal = 0.8;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    check();
    PrintWriter out = spec.commandLine().getOut();
    for (double rate : gbits) {
      out.printf(Locale.ROOT, "%n%.0f Gbit/s: exchange, and images/s of as many alone%n", rate);
      out.printf("machines       ms");
      for (int batch : batches) {
        out.printf(Locale.ROOT, "%9d", batch);
      }
      out.printf(Locale.ROOT, "   %.2f with batch%n", goal);
      for (int count : machines) {
        ClusterExchange exchange = exchange(count, rate);
        double time = DoubleStream.of(exchange.run(new double[count])).max().orElseThrow();
        out.printf(Locale.ROOT, "%8d %8.2f", count, 1e3 * time);
        for (int batch : batches) {
          out.printf(Locale.ROOT, "%9.2f", reached(exchange, batch));
        }
        int needed =
            IntStream.iterate(cores, batch -> batch < LARGEST, batch -> 2 * batch)
                .filter(batch -> batch >= count && reached(exchange, batch) >= goal)
                .findFirst()
                .orElse(0);
        out.printf("   %s%n", needed == 0 ? "none" : needed);
      }
    }
    return 0;
  }

  private void check() {
    boolean positive =
        floats > 0 && coreRate > 0 && cores > 0 && efficiency > 0 && fixed >= 0 && spread >= 0;
    boolean shares = overlap >= 0 && overlap <= 1 && latency >= 0 && perMessage >= 0;
    boolean lists =
        IntStream.of(machines).allMatch(count -> count >= 2 && count <= 1024)
            && IntStream.of(batches).allMatch(batch -> batch > 0 && batch <= LARGEST)
            && DoubleStream.of(gbits).allMatch(rate -> rate > 0);
    if (!positive || !shares || !lists || !(perByte >= 0)) {
      throw new ParameterException(
          spec.commandLine(),
          "expected positive numbers, --overlap from 0 to 1, --machines from 2 to 1024");
    }
  }

  private ClusterExchange exchange(int count, double rate) {
    return new ClusterExchange(
        count,
        4L * floats,
        new ClusterExchange.Network(
            1e9 / 8 * rate, 1e-6 * latency, 1e-6 * perMessage, 1e-9 * perByte));
  }

  /** Images/s, as a part of those of as many machines that each train alone with such batches. */
  private double reached(ClusterExchange exchange, int batch) {
    ClusterTraining training =
        new ClusterTraining(cores, coreRate, efficiency, 1e-6 * fixed, spread, overlap);
    return training.step(null, batch) / training.step(exchange, batch) / exchange.machines();
  }
}
