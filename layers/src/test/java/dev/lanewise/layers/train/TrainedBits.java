// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.Backend;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.Averaging;
import dev.lanewise.layers.optim.ClipByNorm;
import dev.lanewise.layers.optim.ClipByValue;
import dev.lanewise.layers.optim.Lion;
import dev.lanewise.layers.optim.Muon;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.ParameterFilter;
import dev.lanewise.layers.optim.ParameterGroups;
import dev.lanewise.layers.optim.RmsProp;
import dev.lanewise.layers.optim.Sgd;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A training run made to be compared, bit by bit, with the same run elsewhere: each network with
 * each optimizer, on images drawn by our own generator. {@link TrainedBitsTest} runs it in JVMs of
 * many settings; {@code main} runs it by hand.
 */
final class TrainedBits {
  /** How much is trained: epochs end with a batch that is not full. */
  enum Length {
    /** 200 steps on images as large as MNIST's. */
    LONG(28, 10, 998, 2),
    /** 4 steps, for JVMs that take a microsecond for a multiply-add. */
    SHORT(9, 3, 5, 2);

    private final int side;
    private final int batch;
    private final int images;
    private final int epochs;

    Length(int side, int batch, int images, int epochs) {
      this.side = side;
      this.batch = batch;
      this.images = images;
      this.epochs = epochs;
    }

    int steps() {
      return epochs * Math.ceilDiv(images, batch);
    }
  }

  /** Optimizers that train every network, with a learning rate. */
  static final Map<Optimizer, Float> OPTIMIZERS = new LinkedHashMap<>();

  /** All others, {@link TrainedBitsTest} sees to that, which train one network. */
  static final Map<String, Optimizer> OTHERS = new LinkedHashMap<>();

  static {
    OPTIMIZERS.put(new Sgd(), 0.05f);
    OPTIMIZERS.put(new Adam(), 0.001f);
    OTHERS.put("Nesterov", new Sgd().momentum(0.9).nesterov(true).weightDecay(1e-3));
    OTHERS.put("AdamW", new AdamW());
    OTHERS.put("RmsProp", new RmsProp().momentum(0.5).centered(true));
    OTHERS.put("Lion", new ClipByValue(new Lion(), 0.1));
    OTHERS.put(
        "Muon",
        new ClipByNorm(
            new ParameterGroups(new Sgd().momentum(0.9))
                .group(ParameterFilter.weights(), Muon.airbench(), 10f),
            1));
  }

  private final Length length;
  private final WorkerTeam team;
  private final MessageDigest digest = sha256();

  private TrainedBits(Length length, WorkerTeam team) {
    this.length = length;
    this.team = team;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The two networks of the application, one of the shapes that they have not, and those of layers
   * that they have not.
   */
  static Map<String, Network> networks(Length length) {
    Shape input = input(length);
    Map<String, Network> networks = new LinkedHashMap<>();
    networks.put("simple", Models.simple(input, 4));
    networks.put("complex", Models.complex(input, 4));
    networks.put("odd", odd(input));
    networks.putAll(LayerCases.networks(input));
    return networks;
  }

  private static Shape input(Length length) {
    return new Shape(length.side, length.side, 1);
  }

  /** Strides, dilation, overlapping pools, and channels that are no multiple of a vector. */
  private static Network odd(Shape input) {
    return new Network(
        input,
        new Conv2d(5, Window.same(5, 3).stride(2)),
        new Relu(),
        new Conv2d(37, Window.same(3).dilation(1, 2)),
        new Conv2d(19, Window.valid(2, 3).padding(1, 0, 2, 0)),
        new Relu(),
        new MaxPool2d(Window.same(3).stride(2)),
        new Flatten(),
        new Dense(33),
        new Relu(),
        new Dense(4));
  }

  /**
   * Trains each network with each optimizer and returns for each pair the SHA-256 of all that came
   * out: the mean loss after each step, the figures of each epoch and of the validation, the
   * weights and what the optimizer remembers; averages of weights among it. And one of augmented
   * images, and one of what {@link LossBits} computes.
   *
   * @return lines such as {@code simple Sgd 1234...}
   */
  static List<String> hashes(Length length, WorkerTeam team) {
    List<String> hashes = new ArrayList<>();
    OPTIMIZERS.forEach(
        (optimizer, rate) ->
            networks(length)
                .forEach(
                    (name, network) -> {
                      TrainedBits bits = new TrainedBits(length, team);
                      bits.train(network, builder -> builder.optimizer(optimizer), rate);
                      String rule = optimizer.getClass().getSimpleName();
                      hashes.add(name + " " + rule + " " + hex(bits.digest));
                    }));
    TrainedBits losses = new TrainedBits(length, team);
    LossBits.digest(team, losses::update, losses::update);
    hashes.add("losses " + hex(losses.digest));
    OTHERS.forEach(
        (name, optimizer) -> {
          TrainedBits bits = new TrainedBits(length, team);
          Averaging averaging = Averaging.exponential(0.9).warmUp();
          OneCycle cycle = new OneCycle(0.01, length.steps());
          bits.train(
              odd(input(length)),
              builder ->
                  builder
                      .optimizer(optimizer)
                      .schedule(cycle)
                      .momentum(cycle.momentum())
                      .average(averaging)
                      .accumulate(2),
              0.01f);
          hashes.add("odd " + name + " " + hex(bits.digest));
        });
    TrainedBits bits = new TrainedBits(length, team);
    AugmentedBits.run(length.side, length.images, length.batch, length.epochs, team, bits::update);
    hashes.add("augmented " + hex(bits.digest));
    return hashes;
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private void train(Network network, UnaryOperator<TrainerBuilder> choices, float rate) {
    network.initialize(1);
    Trainer trainer =
        choices
            .apply(
                Trainer.of(network)
                    .learningRate(rate)
                    .batchSize(length.batch)
                    .seed(7)
                    .team(team)
                    .validation(new Stripes(40, length.side, 3)))
            .build();
    trainer.fit(length.epochs, new Stripes(length.images, length.side, 2), new Metrics());
    network.parameters().values().forEach(parameter -> update(parameter.value()));
    trainer.checkpoint(Map.of()).tensors().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(ModelFile.OPTIMIZER))
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> update(entry.getValue()));
  }

  private final class Metrics implements TrainingListener {
    @Override
    public void onStep(int images, double meanLoss) {
      update(meanLoss);
    }

    @Override
    public void onEpoch(EpochReport report) {
      update(report.trainLoss());
      update(report.validation().loss());
      for (long[] row : report.validation().confusion()) {
        for (long cell : row) {
          update(cell);
        }
      }
    }
  }

  private void update(double metric) {
    digest.update(ByteBuffer.allocate(8).putDouble(0, metric));
  }

  private void update(Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size());
    for (int i = 0; i < tensor.size(); i++) {
      bytes.putFloat(tensor.data[tensor.offset + i]);
    }
    digest.update(bytes.flip());
  }

  /**
   * Prints the back end and the hashes, a line each.
   *
   * @param args a length, the number of threads
   */
  public static void main(String[] args) {
    try (WorkerTeam team = new WorkerTeam(Integer.parseInt(args[1]))) {
      System.out.println(Backend.description());
      hashes(Length.valueOf(args[0]), team).forEach(System.out::println);
    }
  }
}
