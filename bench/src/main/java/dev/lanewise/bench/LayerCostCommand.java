// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Batches;
import dev.lanewise.layers.train.TrainingStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a training step of {@code complex} with and without {@link Scale}, and Scale alone. */
@Command(
    name = "LayerCost",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints one line: microseconds of a training step of complex without and with a further",
      "layer, which multiplies each channel by a weight, of that layer alone, and",
      "(with - without) / alone, with its quartiles over the rounds. In each round all three are",
      "measured in turn, on a batch that is ready in memory."
    })
final class LayerCostCommand implements Callable<Integer> {
  private static final double MAX_SECONDS = 86_400; // a day
  private static final double NANOS = 1e9;
  private static final double MICROS = 1e6;
  private static final float LEARNING_RATE = 0.01f;

  @Option(
      names = "--after",
      description = "The layer of complex, from 0, that Scale follows (default: ${DEFAULT-VALUE}).")
  private int after = 4; // the first pooling

  @Option(names = "--batch-size", description = "Images per step (default: ${DEFAULT-VALUE}).")
  private int batchSize = 10;

  @Option(names = "--threads", description = "Threads to use (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--rounds", description = "How many (default: ${DEFAULT-VALUE}).")
  private int rounds = 31;

  @Option(
      names = "--seconds",
      description = "Of each of the three in a round (default: ${DEFAULT-VALUE}).")
  private double seconds = 0.2;

  @Option(
      names = "--warm-up",
      description = "Seconds of each before the first round (default: ${DEFAULT-VALUE}).")
  private double warmUp = 8;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Network plain = complex();
    int last = plain.nodes().size() - 1;
    require(after >= 0 && after < last, "--after must be from 0 to " + (last - 1));
    require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    require(threads >= 1 && threads <= 1024, "--threads must be from 1 to 1024");
    require(rounds >= 1, "--rounds must be at least 1, but is " + rounds);
    require(seconds >= 0 && seconds <= MAX_SECONDS, "--seconds must be from 0 to a day");
    require(warmUp >= 0 && warmUp <= MAX_SECONDS, "--warm-up must be from 0 to a day");
    try (WorkerTeam team = new WorkerTeam(threads)) {
      List<Runnable> steps =
          List.of(
              step(plain, team),
              step(withScale(plain), team),
              scaleAlone(plain.nodes().get(after).shape(), team));
      steps.forEach(step -> micros(step, warmUp));
      print(IntStream.range(0, rounds).mapToObj(i -> round(steps, i % 2 == 1)).toList());
    }
    return 0;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static Network complex() {
    return Models.complex(Model.COMPLEX.shape(), Model.CLASSES);
  }

  private Network withScale(Network chain) {
    List<Block> layers = new ArrayList<>(chain.nodes().stream().map(Node::layer).toList());
    layers.add(after + 1, new Scale());
    return new Network(chain.inputShape(), layers);
  }

  private Runnable step(Network network, WorkerTeam team) {
    network.initialize(1);
    TrainingStep step =
        new TrainingStep(network, new Sgd(), new SoftmaxCrossEntropy(), batchSize, 1, team);
    int[] order = IntStream.range(0, batchSize).toArray();
    Targets targets = step.targets();
    new Batches(team)
        .copy(
            RandomImages.of(network.inputShape(), batchSize),
            order,
            0,
            batchSize,
            step.input(),
            targets);
    return () -> {
      step.gradients(batchSize, 0);
      step.update(LEARNING_RATE);
    };
  }

  private Runnable scaleAlone(Shape shape, WorkerTeam team) {
    RandomStream random = new RandomStream(1);
    Node node = Node.alone(new Scale(), random, shape);
    Context context = new Context(Mode.TRAINING, 1, new Workspace(team));
    context.set(0, 0, batchSize);
    Pass pass = node.layer().newPass(new Site(node, batchSize, context, Epilogue.NONE, false));
    Tensor[] x = {Tensor.zeros(batchSize, shape)};
    Tensor y = Tensor.zeros(batchSize, shape);
    Tensor dy = Tensor.zeros(batchSize, shape);
    Tensor[] dx = {Tensor.zeros(batchSize, shape)};
    for (int i = 0; i < x[0].size(); i++) {
      x[0].data[i] = (float) random.nextDouble();
    }
    return () -> {
      pass.forward(context, x, y);
      pass.backward(context, x, y, dy, dx);
    };
  }

  /** The steps in turn, every second round the other way round. */
  private double[] round(List<Runnable> steps, boolean reversed) {
    double[] micros = new double[steps.size()];
    for (int i = 0; i < micros.length; i++) {
      int step = reversed ? micros.length - 1 - i : i;
      micros[step] = micros(steps.get(step), seconds);
    }
    return micros;
  }

  /** The median of a window. */
  private static double micros(Runnable step, double seconds) {
    double[] nanos = new double[16];
    int count = 0;
    long start = System.nanoTime();
    long begin = start;
    do {
      step.run();
      long now = System.nanoTime();
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = now - begin;
      begin = System.nanoTime(); // without the growing of the array
    } while (begin - start < seconds * NANOS);
    return quantile(Arrays.copyOf(nanos, count), 0.5) * MICROS / NANOS;
  }

  private static double quantile(double[] values, double part) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) (part * (sorted.length - 1) + 0.5)];
  }

  private void print(List<double[]> rounds) {
    double[] without = rounds.stream().mapToDouble(round -> round[0]).toArray();
    double[] with = rounds.stream().mapToDouble(round -> round[1]).toArray();
    double alone = quantile(rounds.stream().mapToDouble(round -> round[2]).toArray(), 0.5);
    double[] ratios = rounds.stream().mapToDouble(r -> (r[1] - r[0]) / alone).toArray();
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "lanewise complex B=%d T=%d after=%d without %.1f us  with %.1f us  alone %.1f us"
                + "  (with - without) / alone %.2f (%.2f to %.2f)%n",
            batchSize,
            threads,
            after,
            quantile(without, 0.5),
            quantile(with, 0.5),
            alone,
            quantile(ratios, 0.5),
            quantile(ratios, 0.25),
            quantile(ratios, 0.75));
  }
}
