package dev.lanewise.bench;

import dev.lanewise.engine.WorkerTeam;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures the rate of fused multiply-adds that the machine can reach: the yardstick for every
 * kernel.
 *
 * <p>The kernel is a plain loop that C2 vectorises. Each element goes through a chain of {@value
 * #CHAIN} dependent multiply-adds, and the processor overlaps the chains of different elements; the
 * array stays in the first-level cache, and the one load and one store of a chain find their place
 * beside it. Twelve accumulators written with the Vector API reach at most a twentieth more.
 */
@Command(
    name = "FmaPeak",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints the peak rate of float multiply-adds for 1 to --threads threads,",
      "counting two operations each."
    })
final class FmaPeakCommand implements Callable<Integer> {
  /** Few enough for C2 to unroll the loop; longer chains are not vectorised reliably. */
  private static final int CHAIN = 8;

  /** 12 KiB: within every first-level cache, and long against the loop's head and tail. */
  private static final int LENGTH = 3072;

  private static final int PASSES = 2000;
  private static final double NANOS = 1e9;

  @Option(
      names = "--threads",
      description = "The largest number of threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      description = "How long to try for each number of threads (default: ${DEFAULT-VALUE}).")
  private double seconds = 3;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (threads < 1 || threads > 1024 || !(seconds > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--threads must be from 1 to 1024, --seconds above 0");
    }
    for (int t = 1; t <= threads; t++) {
      spec.commandLine()
          .getOut()
          .printf("fma peak T=%d %d GFLOP/s%n", t, Math.round(gigaflops(t, seconds)));
    }
    return 0;
  }

  /** The best of many short tries: whatever else runs on the machine can only lower a try. */
  private static double gigaflops(int threads, double seconds) {
    float[][] x = new float[threads][LENGTH];
    for (float[] row : x) {
      Arrays.fill(row, 1f);
    }
    double best = 0;
    try (WorkerTeam team = new WorkerTeam(threads)) {
      long end = System.nanoTime() + (long) (seconds * NANOS);
      long start;
      while ((start = System.nanoTime()) < end) {
        team.run(
            threads,
            (task, worker) -> {
              for (int i = 0; i < PASSES; i++) {
                pass(x[task], 0.999f, 0.001f);
              }
            });
        double flops = 2.0 * CHAIN * LENGTH * PASSES * threads;
        best = Math.max(best, flops / (System.nanoTime() - start));
      }
    }
    for (float[] row : x) {
      if (!(Math.abs(row[LENGTH - 1] - 1f) < 1e-3f)) { // 1 is the fixed point of the chain
        throw new AssertionError("wrong result " + row[LENGTH - 1]);
      }
    }
    return best;
  }

  private static void pass(float[] x, float a, float b) {
    for (int i = 0; i < LENGTH; i++) {
      float v = x[i];
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      x[i] = v;
    }
  }
}
