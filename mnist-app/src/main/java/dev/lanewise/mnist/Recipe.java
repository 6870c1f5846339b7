package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.augment.RandomAffine;
import dev.lanewise.layers.augment.RandomCrop;
import dev.lanewise.layers.augment.RandomFlip;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.Muon;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.ParameterFilter;
import dev.lanewise.layers.optim.ParameterGroups;
import dev.lanewise.layers.optim.PolynomialDecay;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainerBuilder;
import dev.lanewise.layers.train.Whitening;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/**
 * A network and how it is trained, as a whole: what leads to a result that is known. Batch size,
 * epochs and learning rate may still be chosen otherwise.
 */
enum Recipe {
  /** The published settings of {@code simple}. */
  ARTICLE_SIMPLE("simple", 30, 10, 0.05f, 10_000),

  /** The published settings of {@code complex}. */
  ARTICLE_COMPLEX("complex", 30, 10, 0.05f, 10_000),

  /**
   * One epoch of all images with Adam and a one-cycle schedule:
   * github.com/tuomaso/train_mnist_fast.
   */
  FAST("lenet_wide", 1, 256, 0.01f, 0) {
    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return Trainer.of(network)
          .optimizer(new Adam().betas(0.7, 0.9))
          .schedule(new OneCycle(rate, length.steps()));
    }

    @Override
    boolean dependsOnEpochs() {
      return true;
    }
  },

  /** Thirty epochs of digits that are turned, moved and stretched, with the steps of CIFAR. */
  BEST("airbench_half", 30, 500, 0.12f, 0) {
    @Override
    boolean takes(String model) {
      return model.startsWith("airbench");
    }

    @Override
    Network prepare(Network network, Dataset train, WorkerTeam team) {
      return whitened(network, train, team);
    }

    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return airbench(network, rate, length, 1)
          .loss(new SoftmaxCrossEntropy().labelSmoothing(0.1))
          .transform(
              new RandomAffine().rotate(15).shift(0.1).scale(0.85, 1.15).shear(10).bilinear());
    }

    @Override
    Network finish(Network network, Trainer trainer) {
      return network.with(network.preparation().views(new Views(false, 1)));
    }

    @Override
    boolean dependsOnEpochs() {
      return true;
    }
  },

  /** Eight epochs of coloured images of 32x32: {@code airbench94_muon}. */
  CIFAR("airbench94", 8, 2000, 0.24f, 0) {
    @Override
    boolean takes(String model) {
      return model.startsWith("airbench");
    }

    @Override
    Network prepare(Network network, Dataset train, WorkerTeam team) {
      return whitened(network, train, team);
    }

    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return airbench(network, rate, length, 3 / 8.0)
          .loss(new SoftmaxCrossEntropy().labelSmoothing(0.2))
          .transform(RandomFlip.horizontal().alternating().then(new RandomCrop(2).reflect()));
    }

    @Override
    Network finish(Network network, Trainer trainer) {
      return network.with(network.preparation().views(new Views(true, 1)));
    }

    @Override
    boolean dependsOnEpochs() {
      return true;
    }
  };

  /** How long a training is. */
  record Length(int epochs, long stepsOfEpoch) {
    long steps() {
      return epochs * stepsOfEpoch;
    }
  }

  /** In {@link dev.lanewise.layers.models.Models}. */
  final String model;

  final int epochs;
  final int batchSize;
  final float learningRate;

  /** Images held out of the training set, unless it is smaller. */
  final int validation;

  Recipe(String model, int epochs, int batchSize, float learningRate, int validation) {
    this.model = model;
    this.epochs = epochs;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.validation = validation;
  }

  /**
   * Reads a name from the command line.
   *
   * @param name in capitals or not
   * @return the recipe
   * @throws TypeConversionException if there is none of that name
   */
  static Recipe parse(String name) {
    for (Recipe recipe : values()) {
      if (recipe.toString().equalsIgnoreCase(name)) {
        return recipe;
      }
    }
    throw new TypeConversionException(
        "expected one of " + Arrays.toString(values()) + ", but is '" + name + "'");
  }

  private static Network whitened(Network network, Dataset train, WorkerTeam team) {
    Network prepared = network.with(Preparation.of(train, team));
    Whitening.initialize(prepared, "whiten", train, team);
    return prepared;
  }

  /**
   * Muon for the filters and Nesterov's momentum for the rest, with a first convolution that stays
   * whitened: Jordan, {@code airbench94_muon}, 2024, github.com/KellerJordan/cifar10-airbench. The
   * rates there are for the sum of the losses of a batch, and for an output that is divided by the
   * number of features.
   *
   * @param rate of Muon; the others are in proportion to it
   * @param whitening for which part of the training the first bias is trained
   */
  final TrainerBuilder airbench(Network network, float rate, Length length, double whitening) {
    double features = network.parameters().get("head.weight").value().dims()[1];
    float biases = 0.053f * batchSize / 0.24f;
    float head = (float) (0.67 * batchSize / 0.24 / (features * features));
    double decay = 2e-6 * batchSize / learningRate;
    Sgd sgd = new Sgd().momentum(0.85).nesterov(true);
    return Trainer.of(network)
        .freeze(name -> name.equals("whiten.weight") || name.matches(".*norm.*weight"))
        .optimizer(
            new ParameterGroups(Muon.airbench())
                .group(
                    ParameterFilter.in("whiten"),
                    sgd.weightDecay(decay / biases),
                    new PolynomialDecay(biases, (long) Math.ceil(whitening * length.steps())))
                .group(ParameterFilter.biasesAndNorms(), sgd.weightDecay(decay / biases), biases)
                .group(ParameterFilter.in("head"), sgd.weightDecay(decay / head), head))
        .schedule(new PolynomialDecay(rate, length.steps()));
  }

  /** Whether another network can be trained so. */
  boolean takes(String model) {
    return true;
  }

  /** The network before its training, once it has been initialised. */
  Network prepare(Network network, Dataset train, WorkerTeam team) {
    return network;
  }

  /**
   * How it is trained.
   *
   * @param rate the highest learning rate
   */
  TrainerBuilder train(Network network, float rate, Length length) {
    return Trainer.of(network).optimizer(new Sgd()).learningRate(rate);
  }

  /** The network to be tested and saved after its training. */
  Network finish(Network network, Trainer trainer) {
    return network;
  }

  /** Whether the learning rates are others when there are more epochs. */
  boolean dependsOnEpochs() {
    return false;
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
