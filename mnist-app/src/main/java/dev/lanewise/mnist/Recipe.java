package dev.lanewise.mnist;

import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Schedule;
import dev.lanewise.layers.optim.Sgd;
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
    Optimizer optimizer() {
      return new Adam().betas(0.7, 0.9);
    }

    @Override
    boolean dependsOnEpochs() {
      return true;
    }

    @Override
    Schedule schedule(float rate, long steps) {
      return new OneCycle(rate, steps);
    }
  };

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

  Optimizer optimizer() {
    return new Sgd();
  }

  /** Whether the learning rates are others when there are more epochs. */
  boolean dependsOnEpochs() {
    return false;
  }

  /**
   * The learning rates.
   *
   * @param rate the highest one
   * @param steps of the whole training
   */
  Schedule schedule(float rate, long steps) {
    return Schedule.constant(rate);
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
