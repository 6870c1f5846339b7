package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensor;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Optimizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The training loop of a classifier: shuffle, take a batch, run forward, take the loss, run
 * backward, update; validate after each epoch.
 *
 * <p>The result depends on the network's initial parameters, the data, the batch size and the seed
 * alone, not on the number of threads, nor on whether it was interrupted: {@link #checkpoint} keeps
 * all that the next step depends on, and {@link #restore} takes it up. Not thread-safe, but for
 * {@link #checkpoint}.
 */
public final class Trainer {
  private final Network network;
  private final Optimizer optimizer;
  private final WorkerTeam team;
  private final Batches batches;
  private final int batchSize;
  private final Network.Pass pass;
  private final SoftmaxCrossEntropy loss;
  private final int[] labels;
  private Position position;

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
    batches = new Batches(team);
    position = new Position(seed, batchSize);
    pass = network.trainingPass(batchSize, team);
    loss = new SoftmaxCrossEntropy(batchSize, network.outputShape().size());
    labels = new int[batchSize];
  }

  /**
   * Hears of the progress of a training, in the training thread. {@link Trainer#checkpoint} may be
   * called from either method, and includes what the method tells of.
   */
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
   * How far the training has come.
   *
   * @return the number of epochs that have ended, with their validation
   */
  public int epochs() {
    return position.epoch;
  }

  /**
   * How far the present epoch has come.
   *
   * @return the number of its images that have been trained on; all of them before its validation
   */
  public int images() {
    return position.images;
  }

  /**
   * Trains for some epochs. May be called again to go on, also within an epoch: after {@link
   * #restore}, or if the listener has thrown an exception.
   *
   * @param epochs how many; what is left of an epoch counts as one
   * @param train the images to train on; after {@link #restore} the same as before
   * @param validation the images to validate with after each epoch; may be empty
   * @param listener hears of steps and epochs
   * @throws IllegalArgumentException if {@code epochs} is negative, there are no images to train on
   *     or too few for the position restored, or if the images of a data set are not what the
   *     network takes, or have more classes than it has outputs; nothing is trained then
   * @throws DivergedException if the loss of a step or of a validation is not finite; the
   *     parameters are then those before that step
   */
  public void fit(int epochs, Dataset train, Dataset validation, Listener listener) {
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs must be at least 0, but is " + epochs);
    }
    if (train.size() == 0 || train.size() < position.images) {
      throw new IllegalArgumentException(
          "there are "
              + train.size()
              + " images to train on, expected at least "
              + Math.max(1, position.images));
    }
    Evaluation.requireFit(network, train);
    Evaluation.requireFit(network, validation);
    int[] order = new int[train.size()];
    Evaluation.Evaluator evaluator =
        validation.size() == 0 ? null : new Evaluation.Evaluator(network, validation, team);
    for (int i = 0; i < epochs; i++) {
      long start = System.nanoTime() - position.nanos;
      trainEpoch(order, train, listener, start);
      long trained = position.nanos;
      Evaluation result = evaluator == null ? null : validate(evaluator);
      synchronized (this) {
        EpochReport report =
            new EpochReport(
                position.epoch + 1,
                position.meanLoss(),
                result,
                order.length,
                trained * 1e-9,
                (System.nanoTime() - start) * 1e-9);
        position.endEpoch();
        listener.onEpoch(report);
      }
    }
  }

  private void trainEpoch(int[] order, Dataset train, Listener listener, long start) {
    position.shuffle(order);
    for (int from = position.images; from < order.length; from += batchSize) {
      int batch = Math.min(batchSize, order.length - from);
      batches.copy(train, order, from, batch, pass.input(), labels);
      double lossSum = forwardBackward(batch);
      if (!Double.isFinite(lossSum)) {
        throw diverged("the loss is " + lossSum, batch);
      }
      // The parameters change here only, and with them everything else that a checkpoint keeps.
      synchronized (this) {
        optimizer.step();
        position.endStep(batch, lossSum, System.nanoTime() - start);
        listener.onStep(position.images, position.meanLoss());
      }
    }
  }

  /** On the batch in {@code pass.input()} and {@code labels}; returns the sum of its losses. */
  private double forwardBackward(int batch) {
    Tensor logits = pass.forward(batch);
    double lossSum = loss.forwardBackward(batch, logits, labels, pass.outputGradient());
    pass.zeroGrad();
    pass.backward(batch);
    return lossSum;
  }

  private Evaluation validate(Evaluation.Evaluator evaluator) {
    Evaluation result = evaluator.evaluate();
    if (!Double.isFinite(result.loss())) {
      throw diverged("the validation loss is " + result.loss(), 0);
    }
    return result;
  }

  /** Names the last step, or, with images, the one that they are the batch of. */
  private DivergedException diverged(String what, int images) {
    int end = position.images + images;
    return new DivergedException(
        what
            + (images > 0 ? " at step " : " after step ")
            + (end + (long) batchSize - 1) / batchSize
            + " of epoch "
            + (position.epoch + 1)
            + " (image "
            + end
            + " of the epoch): the training has diverged");
  }

  /**
   * Copies all that the next step depends on: the parameters, in the names and layouts of {@link
   * ModelFile}, what the optimizer remembers, where the training stands, and the sums so far. May
   * be called by any thread while the training runs; then it waits until a step has ended. Who
   * locks this object keeps the training from going on.
   *
   * @param notes texts to be kept with it; keys must not begin with {@code training.}
   * @return the checkpoint, for a {@link dev.lanewise.layers.io.CheckpointFolder}
   * @throws DivergedException if a value is not finite
   */
  public synchronized Safetensors checkpoint(Map<String, String> notes) {
    Map<String, String> metadata = new LinkedHashMap<>(notes);
    position.write(metadata);
    Map<String, Tensor> tensors = new LinkedHashMap<>(ModelFile.tensors(network));
    optimizer
        .state()
        .forEach((name, tensor) -> tensors.put(ModelFile.OPTIMIZER + name, copy(tensor)));
    tensors.forEach(this::requireFinite);
    return new Safetensors(tensors, metadata);
  }

  /**
   * Takes up a training where a checkpoint was made. Changes nothing unless everything fits.
   *
   * @param checkpoint what {@link #checkpoint} has made, for a network of the same layers and an
   *     optimizer of the same kind
   * @throws DataException if it is not for this network, this optimizer or this batch size
   */
  public synchronized void restore(CheckpointFolder.Entry checkpoint) throws DataException {
    Path file = checkpoint.file();
    Map<String, Tensor> tensors = checkpoint.content().tensors();
    Position restored = Position.read(file, checkpoint.content().metadata());
    if (restored.batchSize != batchSize) {
      throw new DataException(
          file,
          "is of a training with batch size " + restored.batchSize + ", expected " + batchSize);
    }
    Map<String, Tensor> state = optimizer.state();
    for (Map.Entry<String, Tensor> entry : state.entrySet()) {
      Tensor found = tensors.get(ModelFile.OPTIMIZER + entry.getKey());
      if (found == null || !Arrays.equals(found.dims(), entry.getValue().dims())) {
        throw new DataException(
            file,
            "is of another optimizer: expected a tensor '"
                + ModelFile.OPTIMIZER
                + entry.getKey()
                + "' "
                + Arrays.toString(entry.getValue().dims()));
      }
    }
    long others = tensors.keySet().stream().filter(n -> n.startsWith(ModelFile.OPTIMIZER)).count();
    if (others != state.size()) {
      throw new DataException(file, "is of another optimizer, one that remembers more");
    }
    ModelFile.load(network, file, tensors);
    state.forEach(
        (name, tensor) -> {
          Tensor saved = tensors.get(ModelFile.OPTIMIZER + name);
          System.arraycopy(saved.data, saved.offset, tensor.data, tensor.offset, tensor.size());
        });
    position = restored;
  }

  private static Tensor copy(Tensor tensor) {
    Tensor copy = Tensor.zeros(tensor.dims());
    System.arraycopy(tensor.data, tensor.offset, copy.data, copy.offset, tensor.size());
    return copy;
  }

  private void requireFinite(String name, Tensor tensor) {
    for (int i = tensor.offset; i < tensor.offset + tensor.size(); i++) {
      if (!Float.isFinite(tensor.data[i])) {
        throw diverged("tensor " + name + " has " + tensor.data[i], 0);
      }
    }
  }
}
