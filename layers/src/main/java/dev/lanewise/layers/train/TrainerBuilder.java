// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.WeightPenalty;
import dev.lanewise.layers.metric.Metric;
import dev.lanewise.layers.optim.Averaging;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Plateau;
import dev.lanewise.layers.optim.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The choices that make a {@link Trainer}. Optimizer, schedule and batch size must be chosen;
 * everything else has a default. Not thread-safe.
 */
public final class TrainerBuilder {
  private static final int UNCHOSEN = Integer.MIN_VALUE;

  final Network network;
  Optimizer optimizer;
  Schedule schedule;
  int batchSize = UNCHOSEN;
  Loss loss = new SoftmaxCrossEntropy();
  WeightPenalty penalty; // null: none
  long seed = 1;
  WorkerTeam team = WorkerTeam.single();
  Transform transform = Transform.NONE;
  BatchTransform batchTransform = BatchTransform.NONE;
  Sampling sampling = Sampling.shuffled();
  int prefetch = Batches.AUTOMATIC;
  Predicate<String> frozen = name -> false;
  Schedule momentum; // null: that of the optimizer
  int accumulate = 1;
  ShardExchange exchange = new AllShards(1);
  Averaging averaging; // null: none
  Plateau plateau; // null: none
  BestEpoch best; // null: not kept
  Dataset validation;
  Transform validationTransform;
  List<Metric> metrics = List.of();

  TrainerBuilder(Network network) {
    this.network = Objects.requireNonNull(network);
  }

  /**
   * How parameters are updated.
   *
   * @param optimizer such as {@code new Sgd()} or {@code new Adam()}
   * @return this builder
   */
  public TrainerBuilder optimizer(Optimizer optimizer) {
    this.optimizer = optimizer;
    return this;
  }

  /**
   * The learning rate of each step.
   *
   * @param schedule the rates
   * @return this builder
   */
  public TrainerBuilder schedule(Schedule schedule) {
    this.schedule = schedule;
    return this;
  }

  /**
   * The same learning rate in every step.
   *
   * @param rate finite and positive
   * @return this builder
   * @throws IllegalArgumentException if the rate is not finite and positive
   */
  public TrainerBuilder learningRate(float rate) {
    return schedule(Schedule.constant(rate));
  }

  /**
   * The momentum of each step; by default that of the optimizer. For Adam and its kin this is
   * beta1.
   *
   * @param schedule the momenta, such as those of a {@link
   *     dev.lanewise.layers.optim.OneCycle#momentum one-cycle schedule}
   * @return this builder
   */
  public TrainerBuilder momentum(Schedule schedule) {
    momentum = schedule;
    return this;
  }

  /**
   * Lowers the learning rate when the validation loss no longer falls; by default it is that of the
   * schedule.
   *
   * @param plateau when, and by how much
   * @return this builder
   */
  public TrainerBuilder plateau(Plateau plateau) {
    this.plateau = plateau;
    return this;
  }

  /**
   * Keeps the weights of the best epoch, for {@link Trainer#best}, and stops the training when none
   * better comes; by default it does neither. With averages these are what is kept.
   *
   * @param best which epoch is the best, and how long to wait for a better one
   * @return this builder
   */
  public TrainerBuilder best(BestEpoch best) {
    this.best = best;
    return this;
  }

  /**
   * Parameters that are not trained; by default all are. Layers in front of which nothing is
   * trained cost no way back, and frozen convolutions behind others no gradients of their own.
   * Buffers are not frozen: a batch normalisation still measures its batches.
   *
   * @param frozen tells by their full names, such as {@code 3.0.weight}, which ones
   * @return this builder
   */
  public TrainerBuilder freeze(Predicate<String> frozen) {
    this.frozen = frozen;
    return this;
  }

  /**
   * Averages the weights; by default they are not. The validation then looks at the average, from
   * its first update on, and {@link Trainer#averaged} is the network to be saved.
   *
   * @param averaging the kind of average
   * @return this builder
   */
  public TrainerBuilder average(Averaging averaging) {
    this.averaging = averaging;
    return this;
  }

  /**
   * How many batches make one step, for steps of more images than fit into memory: their gradients
   * are those of the mean loss of all their images; with class weights, the mean of the batches'
   * own means. What a layer measures in a batch, such as a batch normalisation, it measures in each
   * of them. The last step of an epoch takes what is left. By default each batch makes a step.
   *
   * @param batches at least 1
   * @return this builder
   */
  public TrainerBuilder accumulate(int batches) {
    accumulate = batches;
    return this;
  }

  /**
   * Into how many shards a batch is cut, by position, as evenly as it goes. Each goes through the
   * network by itself, and their gradients are added in a fixed order, so that several processes
   * that share the work, as on Apache Spark, come to the same bits as one. What a layer measures in
   * a batch, such as a batch normalisation, it measures in each shard; its running statistics are
   * then the mean over the shards, weighed by their images. Layers draw other random numbers in
   * each shard, and a batch transform mixes the images of a shard. Another number of shards gives
   * other bits. Batches are not prepared in advance then. By default 1: the batch is not cut.
   *
   * @param shards from 1 to the batch size
   * @return this builder
   */
  public TrainerBuilder shards(int shards) {
    return shards(new AllShards(shards));
  }

  /**
   * The same for one of several processes that share the work.
   *
   * @param exchange which shards are computed here, and how their gradients are added up
   * @return this builder
   */
  public TrainerBuilder shards(ShardExchange exchange) {
    this.exchange = exchange;
    return this;
  }

  /**
   * How many images a batch has; the last one of an epoch has what is left. Each makes a step,
   * unless {@link #accumulate} says otherwise.
   *
   * @param batchSize at least 1
   * @return this builder
   */
  public TrainerBuilder batchSize(int batchSize) {
    this.batchSize = batchSize;
    return this;
  }

  /**
   * What is made small; the default is {@link SoftmaxCrossEntropy}.
   *
   * @param loss the loss
   * @return this builder
   */
  public TrainerBuilder loss(Loss loss) {
    this.loss = loss;
    return this;
  }

  /**
   * What is added to the loss for the size of the weights; by default nothing. The loss that an
   * epoch reports has it, that of a validation has not.
   *
   * @param penalty such as {@code new WeightPenalty().l2(1e-4)}
   * @return this builder
   */
  public TrainerBuilder penalty(WeightPenalty penalty) {
    this.penalty = penalty;
    return this;
  }

  /**
   * Fixes the order of the images, and whatever is drawn at random; the default is 1.
   *
   * @param seed any value
   * @return this builder
   */
  public TrainerBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * The threads to use; by default the calling thread alone.
   *
   * @param team the threads; not closed by the trainer
   * @return this builder
   */
  public TrainerBuilder team(WorkerTeam team) {
    this.team = team;
    return this;
  }

  /**
   * Which images an epoch trains on, and in which order; by default all of them, shuffled.
   *
   * @param sampling such as {@link Sampling#balanced}
   * @return this builder
   */
  public TrainerBuilder sampling(Sampling sampling) {
    this.sampling = Objects.requireNonNull(sampling);
    return this;
  }

  /**
   * How many threads of their own prepare the next two batches while one is trained on, also of the
   * images to validate with. By default there are none for images in memory, since the team copies
   * them in no time, and as many as the team has threads for others. No result depends on it.
   *
   * @param threads the number of threads; 0: the team prepares each batch when it is needed
   * @return this builder
   * @throws IllegalArgumentException if {@code threads} is negative
   */
  public TrainerBuilder prefetch(int threads) {
    if (threads < 0) {
      throw new IllegalArgumentException("threads must be at least 0, but is " + threads);
    }
    prefetch = threads;
    return this;
  }

  /**
   * What is done to the images that are trained on; by default nothing. What the network says of
   * its {@linkplain Network#preparation preparation}, the normalisation, is done after it.
   *
   * @param transform such as {@code RandomFlip.horizontal().then(new RandomCrop(4))}
   * @return this builder
   */
  public TrainerBuilder transform(Transform transform) {
    this.transform = transform;
    return this;
  }

  /**
   * What is done to the batches that are trained on, after their images have been transformed one
   * by one; by default nothing.
   *
   * @param batchTransform such as {@code new MixUp(0.2)}
   * @return this builder
   */
  public TrainerBuilder batchTransform(BatchTransform batchTransform) {
    this.batchTransform = batchTransform;
    return this;
  }

  /**
   * Images to validate with after each epoch; by default there are none.
   *
   * @param images the images; may be empty, which means none
   * @return this builder
   */
  public TrainerBuilder validation(Dataset images) {
    return validation(images, Transform.NONE);
  }

  /**
   * Images to validate with after each epoch; by default there are none.
   *
   * @param images the images; may be empty, which means none
   * @param transform what is done to them: that of the images trained on, without what is random;
   *     the normalisation of the network is done after it
   * @return this builder
   */
  public TrainerBuilder validation(Dataset images, Transform transform) {
    validation = images;
    validationTransform = transform;
    return this;
  }

  /**
   * What else each validation takes, besides loss and accuracy; by default nothing.
   *
   * @param metrics each of a name of its own
   * @return this builder
   */
  public TrainerBuilder metrics(Metric... metrics) {
    this.metrics = List.of(metrics);
    return this;
  }

  /**
   * Makes the trainer.
   *
   * @return the trainer; nothing is trained yet
   * @throws IllegalArgumentException if a number is out of its range, or the images to validate
   *     with are not what the network takes, or have more classes, or other than as many target
   *     values, than it has outputs; if the loss or a metric is not one of such outputs and
   *     targets, two metrics have the same name, or the penalty is on no parameter; if the
   *     optimizer does not take the parameters, or has no momentum to be scheduled; if all
   *     parameters are frozen; or if there is nothing to validate with, which a plateau and a best
   *     epoch need
   * @throws IllegalStateException if the optimizer, the schedule or the batch size has not been
   *     chosen
   */
  public Trainer build() {
    requireChosen("optimizer", optimizer);
    requireChosen("schedule", schedule);
    if (batchSize == UNCHOSEN) {
      throw new IllegalStateException("no batch size has been chosen, and there is no default");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("the batch size must be positive, but is " + batchSize);
    }
    if (accumulate < 1 || (long) accumulate * batchSize > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a step must have at least 1 batch, and fewer than 2^31 images, but has "
              + (accumulate + " batches of " + batchSize));
    }
    if (exchange.shards() < 1 || exchange.shards() > batchSize) {
      throw new IllegalArgumentException(
          "shards must be from 1 to the batch size of "
              + batchSize
              + ", but is "
              + exchange.shards());
    }
    if (exchange.shards() > 1 && accumulate > 1) {
      throw new IllegalArgumentException(
          "a step of several batches cannot be cut into shards: choose a larger batch");
    }
    if ((plateau != null || best != null) && (validation == null || validation.size() == 0)) {
      throw new IllegalArgumentException(
          (plateau != null ? "a plateau" : "the best epoch")
              + " needs images to validate with, but there are none");
    }
    if (best != null
        && best.measure() == BestEpoch.Measure.ACCURACY
        && validation.targetSize() > 0) {
      throw new IllegalArgumentException(
          "the best epoch by accuracy needs images with labels to validate with, not with values");
    }
    return new Trainer(this);
  }

  /** The same choices for a copy of the network, but for rates and what looks at a validation. */
  TrainerBuilder forSearch(Schedule rates) {
    TrainerBuilder search = new TrainerBuilder(network.copy());
    search.optimizer = optimizer;
    search.schedule = rates;
    search.batchSize = batchSize;
    search.loss = loss;
    search.penalty = penalty;
    search.seed = seed;
    search.team = team;
    search.transform = transform;
    search.batchTransform = batchTransform;
    search.sampling = sampling;
    search.prefetch = prefetch;
    search.frozen = frozen;
    search.accumulate = accumulate;
    search.exchange = exchange;
    return search;
  }

  private static void requireChosen(String what, Object choice) {
    if (choice == null) {
      throw new IllegalStateException("no " + what + " has been chosen, and there is no default");
    }
  }
}
