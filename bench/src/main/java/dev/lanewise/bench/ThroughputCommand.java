// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.IdxFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
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
      "  train    whole training steps, data loading included,",
      "  infer    classification, data loading included,",
      "  forward  classification of a batch that is ready in memory;",
      "each the median of three windows after a warm-up. The windows are taken in turn:",
      "one of each, then the next."
    })
final class ThroughputCommand implements Callable<Integer> {
  private static final int WINDOWS = 3;
  private static final int FIGURES = 3;
  private static final int RANDOM_IMAGES = 1000;
  private static final double MAX_SECONDS = 86_400; // a day

  /** Compiling all kernels of a network takes the JIT compilers seconds. */
  private static final double MIN_WARMUP_SECONDS = 8;

  @Option(
      names = "--model",
      description = {
        "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). Those for photos take random",
        "images unless those in --data are of 32x32x3."
      })
  private Model model = Model.COMPLEX;

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
      names = "--turns",
      description = {
        "Measure when told to: each line on standard input is the length in seconds of one window",
        "for each figure. Their line is printed, then an empty one. --seconds and --warm-up do not",
        "count."
      })
  private boolean turns;

  @Option(
      names = "--data",
      required = true,
      description = "A folder with the four IDX files of MNIST, or of a set like it.")
  private Path folder;

  @Spec private CommandSpec spec;

  private final InputStream in;

  /**
   * A command that nobody has given options to.
   *
   * @param in tells it when to measure, if it is to be told
   */
  ThroughputCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws IOException {
    require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    require(threads >= 1 && threads <= 1024, "--threads must be from 1 to 1024");
    require(seconds > 0 && seconds <= MAX_SECONDS, "--seconds must be above 0 and at most a day");
    require(
        warmUp == null || (warmUp >= 0 && warmUp <= MAX_SECONDS),
        "--warm-up must be at least 0 and at most a day");
    Dataset data = IdxFolder.read(folder).train();
    if (!model.isForDigits() && !data.shape().equals(model.shape())) {
      data = RandomImages.of(model.shape(), Math.max(RANDOM_IMAGES, batchSize));
    }
    require(
        batchSize <= data.size(),
        "--batch-size is " + batchSize + ", but " + folder + " has only " + data.size());
    PrintWriter out = spec.commandLine().getOut();
    try (Workload workload = workload(data)) {
      if (turns) {
        Turns.take(in, spec, length -> print(rates(workload, length), out));
      } else {
        print(ratesAfterWarmUp(workload), out);
      }
    }
    return 0;
  }

  private double[] ratesAfterWarmUp(Workload workload) {
    rates(workload, warmUp == null ? Math.max(MIN_WARMUP_SECONDS, seconds) : warmUp);
    double[][] windows = new double[FIGURES][WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
      double[] rates = rates(workload, seconds / WINDOWS);
      for (int figure = 0; figure < FIGURES; figure++) {
        windows[figure][i] = rates[figure];
      }
    }
    return Arrays.stream(windows).mapToDouble(ThroughputCommand::median).toArray();
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** Images per second of one window for each figure. */
  private double[] rates(Workload workload, double length) {
    return new double[] {
      batchSize * Turns.stepsPerSecond(workload::train, length),
      batchSize * Turns.stepsPerSecond(workload::infer, length),
      batchSize * Turns.stepsPerSecond(workload::forward, length)
    };
  }

  private void print(double[] rates, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "lanewise %s B=%d T=%d train %.0f img/s  infer %.0f img/s  forward %.0f img/s%n",
        model,
        batchSize,
        threads,
        rates[0],
        rates[1],
        rates[2]);
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
}
