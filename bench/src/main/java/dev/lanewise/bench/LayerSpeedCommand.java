// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Mode;
import java.io.IOException;
import java.io.InputStream;
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
 * Measures layers alone. {@code bench/peers/pytorch_layers.py} measures PyTorch's in the same way.
 */
@Command(
    name = "LayerSpeed",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints a line for each layer: images per second of",
      "  train    forward and backward, with all gradients,",
      "  forward  forward in an inference;",
      "each the median of some windows, on a batch that is ready in memory."
    })
final class LayerSpeedCommand implements Callable<Integer> {
  private static final int WINDOWS = 5;

  @Option(
      names = "--layer",
      split = ",",
      description = "Only layers whose names begin with one of these (default: all).")
  private List<String> names = List.of("");

  @Option(names = "--batch-size", description = "Images (default: ${DEFAULT-VALUE}).")
  private int batchSize = 32;

  @Option(names = "--threads", description = "Threads to use (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      description = "Of all windows of a figure (default: ${DEFAULT-VALUE}); as long a warm-up.")
  private double seconds = 1;

  @Option(
      names = "--turns",
      description = {
        "Measure when told to: each line on standard input is the length in seconds of one window",
        "for each figure. Their lines are printed, then an empty one. --seconds does not count."
      })
  private boolean turns;

  @Spec private CommandSpec spec;

  private final InputStream in;

  /** A layer, ready to run. */
  private record Ready(String name, LoneLayer training, LoneLayer inference) {}

  /**
   * A command that nobody has given options to.
   *
   * @param in tells it when to measure, if it is to be told
   */
  LayerSpeedCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws IOException {
    require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    require(threads >= 1 && threads <= 1024, "--threads must be from 1 to 1024");
    require(seconds > 0 && seconds <= 3600, "--seconds must be above 0 and at most an hour");
    List<MeasuredLayer> chosen =
        MeasuredLayer.ALL.stream()
            .filter(layer -> names.stream().anyMatch(layer.name()::startsWith))
            .toList();
    require(!chosen.isEmpty(), "--layer names none of " + known());
    try (WorkerTeam team = new WorkerTeam(threads)) {
      List<Ready> layers = chosen.stream().map(layer -> ready(layer, team)).toList();
      if (turns) {
        Turns.take(in, spec, length -> layers.forEach(layer -> print(layer, length)));
      } else {
        layers.forEach(this::measure);
      }
    }
    return 0;
  }

  private static String known() {
    return String.join(", ", MeasuredLayer.ALL.stream().map(MeasuredLayer::name).toList());
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private Ready ready(MeasuredLayer layer, WorkerTeam team) {
    return new Ready(
        layer.name(),
        new LoneLayer(layer.layer(), Mode.TRAINING, batchSize, team, layer.inputs()),
        new LoneLayer(layer.layer(), Mode.INFERENCE, batchSize, team, layer.inputs()));
  }

  private void measure(Ready layer) {
    rates(layer, seconds);
    double[][] rates = new double[WINDOWS][];
    Arrays.setAll(rates, i -> rates(layer, seconds / WINDOWS));
    print(layer, median(rates, 0), median(rates, 1));
  }

  private static double median(double[][] rates, int figure) {
    return Arrays.stream(rates).mapToDouble(r -> r[figure]).sorted().toArray()[WINDOWS / 2];
  }

  private void print(Ready layer, double length) {
    double[] rates = rates(layer, length);
    print(layer, rates[0], rates[1]);
  }

  private double[] rates(Ready layer, double length) {
    return new double[] {
      batchSize * Turns.stepsPerSecond(layer.training::train, length),
      batchSize * Turns.stepsPerSecond(layer.inference::forward, length)
    };
  }

  private void print(Ready layer, double train, double forward) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "lanewise layer %s B=%d T=%d train %.0f img/s  forward %.0f img/s%n",
            layer.name,
            batchSize,
            threads,
            train,
            forward);
  }
}
