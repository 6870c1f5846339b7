// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Schedule;
import dev.lanewise.layers.optim.Sgd;
import java.io.Serializable;

/**
 * How a network is trained: all that decides the bits besides the data and the network.
 *
 * @param loss what is made small
 * @param optimizer its name
 * @param momentum of {@code sgd}
 * @param weightDecay of any optimizer
 * @param schedule the name of the schedule
 * @param learningRate the highest rate of the schedule
 * @param batchSize how many images a step takes
 * @param epochs how many times all images are trained on
 * @param seed of the order of the images and of all that is drawn at random
 * @param shards into how many shards a batch is cut
 */
record TrainingRecipe(
    LossChoice loss,
    String optimizer,
    double momentum,
    double weightDecay,
    String schedule,
    double learningRate,
    int batchSize,
    int epochs,
    long seed,
    int shards)
    implements Serializable {
  static final String[] OPTIMIZERS = {"sgd", "adam", "adamw"};
  static final String[] SCHEDULES = {"constant", "cosine", "one_cycle"};

  Optimizer newOptimizer() {
    return switch (optimizer) {
      case "sgd" -> new Sgd().momentum(momentum).weightDecay(weightDecay);
      case "adam" -> new Adam().weightDecay(weightDecay);
      default -> new AdamW().weightDecay(weightDecay);
    };
  }

  Loss newLoss() {
    return loss.loss();
  }

  Schedule newSchedule(int images) {
    long steps = (long) epochs * Math.ceilDiv(images, batchSize);
    return switch (schedule) {
      case "constant" -> Schedule.constant((float) learningRate);
      case "cosine" -> new CosineDecay(learningRate, steps);
      default -> new OneCycle(learningRate, steps);
    };
  }

  /** What a later training must have alike to go on from a checkpoint of this one. */
  String identity() {
    boolean longer = schedule.equals("constant"); // may have more epochs
    return String.join(
        " ",
        loss + optimizer,
        Double.toString(momentum),
        Double.toString(weightDecay),
        schedule,
        Double.toString(learningRate),
        Integer.toString(batchSize),
        longer ? "any" : Integer.toString(epochs),
        Long.toString(seed),
        Integer.toString(shards));
  }
}
