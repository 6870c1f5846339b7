package dev.lanewise.layers.train;

import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.RandomStream;
import dev.lanewise.layers.Tensor;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Optimizer;

/**
 * The training loop of a classifier: shuffle, take a batch, run forward, take the loss, run
 * backward, update; validate after each epoch.
 *
 * <p>The result depends on the network's initial parameters, the data, the batch size and the seed
 * alone, not on the number of threads. Not thread-safe.
 */
public final class Trainer {
  private final Network network;
  private final Optimizer optimizer;
  private final WorkerTeam team;
  private final int batchSize;
  private final RandomStream shuffling;
  private final Network.Pass pass;
  private final SoftmaxCrossEntropy loss;
  private final int[] labels;
  private int epoch;

  /**
   * Prepares a training.
   *
   * @param network what to train; already initialised
   * @param optimizer made for the parameters of {@code network}
   * @param team the threads to use
   * @param batchSize images per step; the last step of an epoch takes what is left
   * @param seed fixes the order of the images
   */
  public Trainer(Network network, Optimizer optimizer, WorkerTeam team, int batchSize, long seed) {
    this.network = network;
    this.optimizer = optimizer;
    this.team = team;
    this.batchSize = batchSize;
    shuffling = new RandomStream(seed).split("shuffle");
    pass = network.trainingPass(batchSize, team);
    loss = new SoftmaxCrossEntropy(batchSize, network.outputShape().size());
    labels = new int[batchSize];
  }

  /** Hears of the progress of a training, in the training thread. */
  public interface Listener {
    /**
     * A step has ended. Called very often: be quick.
     *
     * @param images how many images of this epoch have been trained on
     * @param meanLoss their mean loss
     */
    default void onStep(int images, double meanLoss) {}

    /**
     * An epoch and its validation have ended.
     *
     * @param report its figures
     */
    default void onEpoch(EpochReport report) {}
  }

  /**
   * The figures of one epoch.
   *
   * @param epoch from 1
   * @param trainLoss mean loss over the epoch's steps, each taken before its update
   * @param validation the result on held-out images; {@code null} without any
   * @param images how many images were trained on
   * @param trainSeconds wall-clock time of the training steps
   * @param seconds the same with validation
   */
  public record EpochReport(
      int epoch,
      double trainLoss,
      Evaluation validation,
      int images,
      double trainSeconds,
      double seconds) {
    /**
     * Training speed.
     *
     * @return images per second, validation not included
     */
    public double imagesPerSecond() {
      return images / trainSeconds;
    }
  }

  /**
   * Trains for some epochs. May be called again to go on.
   *
   * @param epochs how many
   * @param train the images to train on
   * @param validation the images to validate with after each epoch; may be empty
   * @param listener hears of steps and epochs
   * @throws IllegalArgumentException if the images of a data set are not what the network takes, or
   *     have more classes than it has outputs; nothing is trained then
   */
  public void fit(int epochs, Dataset train, Dataset validation, Listener listener) {
    Evaluation.requireFit(network, train);
    Evaluation.requireFit(network, validation);
    int[] order = new int[train.size()];
    Evaluation.Evaluator evaluator =
        validation.size() == 0 ? null : new Evaluation.Evaluator(network, validation, team);
    for (int i = 0; i < epochs; i++) {
      long start = System.nanoTime();
      shuffle(order);
      double lossSum = 0;
      for (int from = 0; from < order.length; from += batchSize) {
        int batch = Math.min(batchSize, order.length - from);
        Tensor x = pass.input();
        train.copy(order, from, batch, x.data, x.offset, labels);
        lossSum += step(batch);
        listener.onStep(from + batch, lossSum / (from + batch));
      }
      long trained = System.nanoTime();
      Evaluation result = evaluator == null ? null : evaluator.evaluate();
      epoch++;
      listener.onEpoch(
          new EpochReport(
              epoch,
              lossSum / order.length,
              result,
              order.length,
              (trained - start) * 1e-9,
              (System.nanoTime() - start) * 1e-9));
    }
  }

  /** One step on the batch in {@code pass.input()} and {@code labels}; returns its loss sum. */
  private double step(int batch) {
    Tensor logits = pass.forward(batch);
    double lossSum = loss.forwardBackward(batch, logits, labels, pass.outputGradient());
    network.zeroGrad();
    pass.backward(batch);
    optimizer.step();
    return lossSum;
  }

  private void shuffle(int[] order) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    shuffling.split(epoch).shuffle(order);
  }
}
