// SPDX-License-Identifier: Apache-2.0
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
import dev.lanewise.layers.optim.MultiStepDecay;
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
  ARTICLE_SIMPLE("simple", 30, 10, 0.05f, 10_000, null),

  /** The published settings of {@code complex}. */
  ARTICLE_COMPLEX("complex", 30, 10, 0.05f, 10_000, null),

  /**
   * One epoch of all images with Adam and a one-cycle schedule:
   * github.com/tuomaso/train_mnist_fast.
   */
  FAST("lenet_wide", 1, 256, 0.01f, 0, null) {
    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return Trainer.of(network)
          .optimizer(new Adam().betas(0.7, 0.9))
          .schedule(new OneCycle(rate, length.steps()));
    }
  },

  /** Digits that are turned, moved and stretched; otherwise as CIFAR. */
  BEST("airbench_half", 25, 500, 0.12f, 0, new Views(false, 1)) {
    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return airbench(network, rate, length, length.epochs())
          .loss(new SoftmaxCrossEntropy().labelSmoothing(0.1))
          .transform(
              new RandomAffine().rotate(15).shift(0.1).scale(0.85, 1.15).shear(10).bilinear());
    }
  },

  /**
   * The published training of this network, with rates that fall at the same parts of it: He,
   * Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, section 4.2.
   */
  RESNET20("resnet20", 80, 128, 0.1f, 0, Views.ONE) {
    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      long half = Math.max(1, length.steps() / 2);
      long later = Math.max(half + 1, length.steps() * 3 / 4);
      return Trainer.of(network)
          .transform(RandomFlip.horizontal().then(new RandomCrop(4)))
          .optimizer(new Sgd().momentum(0.9).weightDecay(1e-4))
          .schedule(new MultiStepDecay(rate, 0.1, half, later));
    }
  },

  /** Coloured images of 32x32 in eight epochs: {@code airbench94_muon}. */
  CIFAR("airbench94", 8, 2000, 0.24f, 0, new Views(true, 1)) {
    @Override
    TrainerBuilder train(Network network, float rate, Length length) {
      return airbench(network, rate, length, 3)
          .loss(new SoftmaxCrossEntropy().labelSmoothing(0.2))
          .transform(RandomFlip.horizontal().alternating().then(new RandomCrop(2).reflect()));
    }
  };

  private static final String WHITENED = "airbench";

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

  private final Views views; // null: of images as they are, not normalised

  Recipe(String model, int epochs, int batchSize, float learningRate, int validation, Views views) {
    this.model = model;
    this.epochs = epochs;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.validation = validation;
    this.views = views;
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

  private boolean isWhitened() {
    return model.startsWith(WHITENED);
  }

  /** Whether another network can be trained so. */
  boolean takes(String other) {
    return !isWhitened() || other.startsWith(WHITENED);
  }

  /** Whether the learning rates are others when there are more epochs. */
  boolean dependsOnEpochs() {
    return this != ARTICLE_SIMPLE && this != ARTICLE_COMPLEX;
  }

  /** The network before its training, once it has been initialised. */
  Network prepare(Network network, Dataset train, WorkerTeam team) {
    if (views == null) {
      return network;
    }
    Network prepared = network.with(Preparation.of(train, team).views(views));
    if (isWhitened()) {
      Whitening.initialize(prepared, "whiten", train, team);
    }
    return prepared;
  }

  /**
   * How it is trained.
   *
   * @param rate the highest learning rate
   */
  TrainerBuilder train(Network network, float rate, Length length) {
    return Trainer.of(network).optimizer(new Sgd()).learningRate(rate);
  }

  /**
   * Muon for the filters and Nesterov's momentum for the rest, with a first convolution that stays
   * whitened: Jordan, {@code airbench94_muon}, 2024, github.com/KellerJordan/cifar10-airbench. The
   * rates there are for the sum of the losses of a batch, and for an output that is divided by the
   * number of features.
   *
   * @param rate of Muon; the others are in proportion to it
   * @param whitening for how many epochs the first bias is trained
   */
  final TrainerBuilder airbench(Network network, float rate, Length length, int whitening) {
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
                    new PolynomialDecay(biases, whitening * length.stepsOfEpoch()))
                .group(ParameterFilter.biasesAndNorms(), sgd.weightDecay(decay / biases), biases)
                .group(ParameterFilter.in("head"), sgd.weightDecay(decay / head), head))
        .schedule(new PolynomialDecay(rate, length.steps()));
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
