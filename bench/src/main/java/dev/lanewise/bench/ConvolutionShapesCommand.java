// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.bench.ConvolutionPasses.Pass;
import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.layers.profile.FmaLoop;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures the three passes of every {@link NetworkConvolution} on one thread, as a fraction of the
 * rate of {@link FmaLoop} just before and after. Times are CPU times of the thread, so that other
 * load on the machine does not count.
 */
@Command(
    name = "ConvolutionShapes",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints, for convolutions of real networks, the rate of each pass as a fraction of the",
      "FMA peak, counted as direct convolution whichever algorithm is taken; then what falls",
      "short: passes below half of the peak, and those where AUTO is slower than DIRECT."
    })
final class ConvolutionShapesCommand implements Callable<Integer> {
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
  private static final double NANOS = 1e9;
  private static final double COMPILING = 0.5; // seconds, of the FMA loop
  private static final double BETWEEN = 0.002; // seconds of the FMA loop between windows
  private static final double MIN_GFLOP = 0.01; // between two looks at the clock
  private static final double HALF = 0.5;
  private static final double SLOWER = 0.95;

  /** Fewer terms or columns cannot be expected to reach half of the peak. */
  private static final int MIN_TERMS = 27;

  private static final int MIN_CHANNELS = 6;

  @Option(names = "--batch-size", description = "Images per pass (default: ${DEFAULT-VALUE}).")
  private int batchSize = 8;

  @Option(
      names = "--windows",
      description = "Windows of each pass, of which the median counts (default: ${DEFAULT-VALUE}).")
  private int windows = 7;

  @Option(
      names = "--window",
      description = "Seconds of a window, at least one pass (default: ${DEFAULT-VALUE}).")
  private double window = 0.01;

  @Option(
      names = "--warm-up",
      description = {
        "Seconds of each pass, in a first round through all shapes (default: ${DEFAULT-VALUE})."
      })
  private double warmUp = 0.1;

  @Option(names = "--only", description = "Shapes whose label contains this, such as '7x7/2'.")
  private String only = "";

  @Spec private CommandSpec spec;

  private final FmaLoop loop = new FmaLoop();
  private final List<String> shortfalls = new ArrayList<>();

  @Override
  public Integer call() {
    if (batchSize < 1 || windows < 1 || !(window >= 0) || !(warmUp >= 0)) {
      throw new ParameterException(
          spec.commandLine(), "--batch-size and --windows must be at least 1, times not negative");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<NetworkConvolution> layers =
        NetworkConvolution.ALL.stream().filter(layer -> layer.label().contains(only)).toList();
    peak(COMPILING);
    layers.forEach(this::warmUp);
    out.printf("%-22s %-15s %-15s %-15s %s%n", "", "forward", "dx", "dWeight", "network");
    out.printf("%-22s %-15s %-15s %s%n", "shape", "AUTO  DIRECT", "AUTO  DIRECT", "AUTO  DIRECT");
    for (NetworkConvolution layer : layers) {
      out.println(row(layer));
    }
    out.printf("%nfalls short, %d passes:%n", shortfalls.size());
    shortfalls.forEach(out::println);
    return 0;
  }

  /** So that code that shapes share is compiled before the first of them is measured. */
  private void warmUp(NetworkConvolution layer) {
    for (Algorithm algorithm : Algorithm.values()) {
      ConvolutionPasses passes = new ConvolutionPasses(layer.shape(), batchSize, algorithm);
      for (Pass pass : Pass.values()) {
        rate(passes, pass, warmUp);
      }
    }
  }

  private String row(NetworkConvolution layer) {
    Conv2dShape shape = layer.shape();
    ConvolutionPasses auto = new ConvolutionPasses(shape, batchSize, Algorithm.AUTO);
    ConvolutionPasses direct = new ConvolutionPasses(shape, batchSize, Algorithm.DIRECT);
    StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-22s", layer.label()));
    for (Pass pass : Pass.values()) {
      double[] parts = measure(auto, direct, pass);
      row.append(String.format(Locale.ROOT, " %.2f  %.2f     ", parts[0], parts[1]));
      judge(layer, pass, parts[0], parts[2]);
    }
    return row.append(' ').append(layer.network()).toString();
  }

  /** The fractions of the peak that AUTO and DIRECT reach, then AUTO's rate over DIRECT's. */
  private double[] measure(ConvolutionPasses auto, ConvolutionPasses direct, Pass pass) {
    rate(auto, pass, window);
    rate(direct, pass, window);
    double[][] parts = new double[3][windows];
    double before = peak(BETWEEN);
    for (int i = 0; i < windows; i++) {
      double first = rate(auto, pass, window);
      double between = peak(BETWEEN);
      double second = rate(direct, pass, window);
      double after = peak(BETWEEN);
      parts[0][i] = 2 * first / (before + between);
      parts[1][i] = 2 * second / (between + after);
      parts[2][i] = parts[0][i] / parts[1][i];
      before = after;
    }
    return Arrays.stream(parts).mapToDouble(ConvolutionShapesCommand::median).toArray();
  }

  private static double rate(ConvolutionPasses passes, Pass pass, double seconds) {
    return rate(() -> passes.run(pass), passes.gflop(), seconds);
  }

  private double peak(double seconds) {
    double rate = rate(loop::run, FmaLoop.GFLOP, seconds);
    loop.check();
    return rate;
  }

  /**
   * Runs for some CPU time of this thread. Reading that clock is a system call, so it is read only
   * after some runs.
   */
  private static double rate(Runnable run, double gflop, double seconds) {
    int runs = (int) (MIN_GFLOP / gflop) + 1;
    long start = CLOCK.getCurrentThreadCpuTime();
    double done = 0;
    long elapsed;
    do {
      for (int i = 0; i < runs; i++) {
        run.run();
      }
      done += runs * gflop;
      elapsed = CLOCK.getCurrentThreadCpuTime() - start;
    } while (elapsed < seconds * NANOS);
    return done * NANOS / elapsed;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private void judge(NetworkConvolution layer, Pass pass, double part, double gain) {
    Conv2dShape shape = layer.shape();
    boolean judged = shape.patchSize() >= MIN_TERMS && shape.outChannels() >= MIN_CHANNELS;
    if (judged && part < HALF) {
      shortfalls.add(
          String.format(Locale.ROOT, "%-22s %-8s %.2f of the peak", layer.label(), pass, part));
    }
    if (gain < SLOWER) {
      shortfalls.add(
          String.format(Locale.ROOT, "%-22s %-8s AUTO %.2f of DIRECT", layer.label(), pass, gain));
    }
  }
}
