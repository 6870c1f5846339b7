// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows how a step of a network divides among threads. The plan is that for so many threads, but
 * one thread runs the shares of all of them, so any machine can show it for any number.
 */
@Command(
    name = "Division",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints two tables for each network: for each number of threads",
      "  regions, tasks  what a step consists of; regions with fewer tasks than threads",
      "                  leave some of them without work,",
      "  work            what one thread takes, in microseconds,",
      "  serial          the part of it that is not divided,",
      "  critical path   serial, and the longest share of each region,",
      "  speed-up        work / critical path: the most that these threads can gain;",
      "and the regions with the longest shares. Times are medians of warm steps on random images,",
      "data loading included. They are those of one thread that runs all shares: what it costs to",
      "open regions, and to share caches and memory, is not in them."
    })
final class DivisionCommand implements Callable<Integer> {
  private static final int IMAGES = 1000;
  private static final int LONGEST = 5;
  private static final double MAX_SECONDS = 86_400; // a day
  private static final double NANOS = 1e9;
  private static final double MICROS = 1e-3;

  /** What a step is. */
  enum Mode {
    TRAINING,
    INFERENCE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--model",
      split = ",",
      description = "Some of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private List<Model> models = List.of(Model.SIMPLE, Model.COMPLEX, Model.RESNET20);

  @Option(names = "--mode", description = "training or inference (default: ${DEFAULT-VALUE}).")
  private Mode mode = Mode.TRAINING;

  @Option(names = "--batch-size", description = "Images per step (default: ${DEFAULT-VALUE}).")
  private int batchSize = 128;

  @Option(
      names = "--threads",
      split = ",",
      description = "Numbers of threads (default: ${DEFAULT-VALUE}).")
  private List<Integer> threads = List.of(8, 16, 64);

  @Option(
      names = "--warm-up",
      description = "Seconds before steps are measured (default: ${DEFAULT-VALUE}).")
  private double warmUp = 8;

  @Option(names = "--steps", description = "Steps to measure (default: ${DEFAULT-VALUE}).")
  private int steps = 21;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    for (int t : threads) {
      require(t >= 1 && t <= 1024, "--threads must be from 1 to 1024, but is " + t);
    }
    require(warmUp >= 0 && warmUp <= MAX_SECONDS, "--warm-up must be at least 0 and at most a day");
    require(steps >= 1, "--steps must be at least 1, but is " + steps);
    PrintWriter out = spec.commandLine().getOut();
    for (Model model : models) {
      List<DividedStep> divided = new ArrayList<>();
      for (int t : threads) {
        divided.add(measure(model, t));
      }
      print(model, divided, out);
    }
    return 0;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private DividedStep measure(Model model, int threads) {
    StepTrace trace = new StepTrace();
    Dataset images = RandomImages.of(model.shape(), Math.max(IMAGES, batchSize));
    Network network = TracedLayer.network(model.network(images.shape(), images.classes()), trace);
    WorkerTeam team = WorkerTeam.traced(threads, trace);
    try (Workload workload = new Workload(network, images, batchSize, team)) {
      Runnable step = mode == Mode.TRAINING ? workload::train : workload::infer;
      long start = System.nanoTime();
      do {
        trace.record(step, false);
      } while (System.nanoTime() - start < warmUp * NANOS);
      StepTrace.Step names = trace.record(step, true);
      List<StepTrace.Step> measured = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        measured.add(trace.record(step, false));
      }
      return DividedStep.of(threads, names, measured);
    }
  }

  private void print(Model model, List<DividedStep> divided, PrintWriter out) {
    out.printf("%s, %s, batch %d; times in us%n%n", model, mode, batchSize);
    out.println(
        "| threads | regions | with fewer tasks than threads | tasks | work | serial "
            + "| critical path | speed-up at most |");
    out.println("|---|---|---|---|---|---|---|---|");
    for (DividedStep step : divided) {
      out.printf(
          Locale.ROOT,
          "| %d | %d | %d | %d | %s | %s | %s | %.1f |%n",
          step.threads(),
          step.regions().size(),
          step.small(),
          step.tasks(),
          micros(step.work()),
          micros(step.serial()),
          micros(step.criticalPath()),
          step.speedUp());
    }
    out.printf("%n| threads | longest share | work | tasks | region |%n");
    out.println("|---|---|---|---|---|");
    for (DividedStep step : divided) {
      for (DividedStep.Region region : step.longest(LONGEST)) {
        out.printf(
            "| %d | %s | %s | %d | %s |%n",
            step.threads(),
            micros(region.longestShare()),
            micros(region.work()),
            region.tasks(),
            region.name());
      }
    }
    out.println();
  }

  private static String micros(long nanos) {
    double micros = nanos * MICROS;
    return String.format(Locale.ROOT, micros < 100 ? "%.1f" : "%,.0f", micros);
  }
}
