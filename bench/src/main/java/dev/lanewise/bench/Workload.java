// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Batches;
import dev.lanewise.layers.train.TrainingStep;

/**
 * What is measured of a whole network: one batch of training, of inference, or of inference on a
 * batch that is ready in memory. The first two take their images from the data set, in an order
 * that is shuffled anew when it is used up. Not thread-safe.
 */
final class Workload implements AutoCloseable {
  private static final long SEED = 1;
  private static final float LEARNING_RATE = 0.05f;

  private final Dataset data;
  private final int batchSize;
  private final Batches batches;
  private final WorkerTeam team;
  private final Network network;
  private TrainingStep training; // both are large: made when they are wanted
  private Network.Pass inference;
  private final RandomStream shuffling = new RandomStream(SEED);
  private final int[] order;
  private final Targets unused; // what inference does not need
  private long steps;
  private int next;

  /**
   * Prepares everything but the memory of a pass, which its first step allocates.
   *
   * @param model the network
   * @param data the images, at least one batch of them
   * @param batchSize images per step
   * @param threads how many threads work together
   */
  Workload(Model model, Dataset data, int batchSize, int threads) {
    this(model.network(data.shape(), data.classes()), data, batchSize, new WorkerTeam(threads));
  }

  /**
   * Prepares everything but the memory of a pass, which its first step allocates.
   *
   * @param network to be initialised here
   * @param data the images, at least one batch of them
   * @param batchSize images per step
   * @param team closed by {@link #close}
   */
  Workload(Network network, Dataset data, int batchSize, WorkerTeam team) {
    this.network = network;
    this.data = data;
    this.batchSize = batchSize;
    this.team = team;
    batches = new Batches(team);
    network.initialize(SEED);
    order = new int[data.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    next = order.length;
    unused = new Targets(batchSize);
  }

  /**
   * Takes a batch and trains on it, as the training loop does.
   *
   * @return the mean loss of the batch
   */
  double train() {
    if (training == null) {
      training =
          new TrainingStep(network, new Sgd(), new SoftmaxCrossEntropy(), batchSize, 1, team);
    }
    nextBatch(training.input(), training.targets());
    double sum = training.gradients(batchSize, steps++);
    training.update(LEARNING_RATE);
    return sum / batchSize;
  }

  /**
   * The ids of all threads but the caller's.
   *
   * @return see {@link WorkerTeam#helperIds}
   */
  long[] helperIds() {
    return team.helperIds();
  }

  /** Takes a batch and classifies it. */
  void infer() {
    if (inference == null) {
      inference = network.inferencePass(batchSize, team);
      inference.freezeParameters();
    }
    nextBatch(inference.input(), unused);
    inference.forward(batchSize);
  }

  /** Classifies the batch of the last {@link #infer} again. */
  void forward() {
    if (inference == null) {
      infer();
    }
    inference.forward(batchSize);
  }

  private void nextBatch(Tensor x, Targets targets) {
    if (next > order.length - batchSize) {
      shuffling.shuffle(order);
      next = 0;
    }
    batches.copy(data, order, next, batchSize, x, targets);
    next += batchSize;
  }

  /** Ends the threads. */
  @Override
  public void close() {
    team.close();
  }
}
