package dev.lanewise.bench;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.IdxFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures how many images a second a whole network trains on and classifies. {@code
 * bench/peers/pytorch.py} measures the same of PyTorch, in the same way.
 */
@Command(
    name = "Throughput",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints one line: images per second of",
      "  train    whole training steps, taking the images included,",
      "  infer    classification, taking the images included,",
      "  forward  classification of a batch that is ready in memory;",
      "each the median of three windows after a warm-up."
    })
final class ThroughputCommand implements Callable<Integer> {
  private static final int WINDOWS = 3;
  private static final double NANOS = 1e9;

  /** Compiling all kernels of a network takes the JIT compilers seconds. */
  private static final double MIN_WARMUP_SECONDS = 8;

  @Option(names = "--model", description = "simple or complex (default: ${DEFAULT-VALUE}).")
  private Workload.Model model = Workload.Model.COMPLEX;

  @Option(names = "--batch-size", description = "Images per step (default: ${DEFAULT-VALUE}).")
  private int batchSize = 10;

  @Option(names = "--threads", description = "Threads to use (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      description = {
        "How long the three windows of a figure last together (default: ${DEFAULT-VALUE}).",
        "The warm-up before them takes as long again, and at least 8 seconds."
      })
  private double seconds = 6;

  @Option(
      names = "--warm-up",
      description = "Seconds of that warm-up, if others: shorter ones than 8 measure the compiler.")
  private Double warmUp;

  @Option(
      names = "--data",
      required = true,
      description = "A folder with the four IDX files of MNIST, or of a set like it.")
  private Path folder;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    require(threads >= 1 && threads <= 1024, "--threads must be from 1 to 1024");
    require(seconds > 0 && seconds <= 86_400, "--seconds must be above 0 and at most a day");
    require(
        warmUp == null || (warmUp >= 0 && warmUp <= 86_400),
        "--warm-up must be at least 0 and at most a day");
    Dataset data = IdxFolder.read(folder).train();
    require(
        batchSize <= data.size(),
        "--batch-size is " + batchSize + ", but " + folder + " has only " + data.size());
    try (Workload workload = workload(data)) {
      spec.commandLine()
          .getOut()
          .printf(
              "lanewise %s B=%d T=%d train %d img/s  infer %d img/s  forward %d img/s%n",
              model,
              batchSize,
              threads,
              imagesPerSecond(workload::train),
              imagesPerSecond(workload::infer),
              imagesPerSecond(workload::forward));
    }
    return 0;
  }

  private Workload workload(Dataset data) {
    try {
      return new Workload(model, data, batchSize, threads);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--model " + model + " does not go with the images in " + folder + ": " + e.getMessage(),
          e);
    }
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private long imagesPerSecond(Runnable step) {
    stepsPerSecond(step, warmUp == null ? Math.max(MIN_WARMUP_SECONDS, seconds) : warmUp);
    double[] rates = new double[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
      rates[i] = stepsPerSecond(step, seconds / WINDOWS);
    }
    Arrays.sort(rates);
    return Math.round(rates[WINDOWS / 2] * batchSize);
  }

  private static double stepsPerSecond(Runnable step, double seconds) {
    long start = System.nanoTime();
    long steps = 0;
    long elapsed;
    do {
      step.run();
      steps++;
      elapsed = System.nanoTime() - start;
    } while (elapsed < seconds * NANOS);
    return steps * NANOS / elapsed;
  }
}
