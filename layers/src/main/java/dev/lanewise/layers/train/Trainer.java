// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.optim.Plateau;
import dev.lanewise.layers.optim.Schedule;
import dev.lanewise.layers.optim.WeightAverage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The training loop of a classifier: shuffle, take a batch, make a {@link TrainingStep}; validate
 * after each epoch.
 *
 * <pre>{@code
 * Trainer trainer =
 *     Trainer.of(network).optimizer(new Sgd()).learningRate(0.05f).batchSize(10).team(team).build();
 * trainer.fit(3, images);
 * }</pre>
 *
 * <p>The result depends on the network's initial parameters, the data, and the choices of the
 * {@link TrainerBuilder} other than the team. It does not depend on the number of threads, nor on
 * whether the training was interrupted: {@link #checkpoint} keeps all that the next step depends
 * on, and {@link #restore} resumes from it. Not thread-safe, but for {@link #checkpoint} and {@link
 * #pauseWhile}.
 */
public final class Trainer {
  /** The most images of a last batch: what their loss needs is less than a step does. */
  private static final int LAST = 100;

  private static final TrainingListener SILENT = new TrainingListener() {};

  private final Network network;
  private final Loss loss;
  private final Schedule schedule;
  private final Schedule momentum; // null: that of the optimizer
  private final Plateau plateau; // null: none
  private final int batchSize;
  private final int accumulate;
  private final Batches batches;
  private final Sampling sampling;
  private final int prefetch;
  private final TrainingStep step;
  private final ShardedGradients sharded; // null: a batch is not cut
  private final TrainingCheckpoint checkpoint;
  private final Evaluation.Evaluator validation; // null: none
  private final LastBatch last; // null where there is a validation
  private final WeightAverage average; // null: none
  private final Network averaged; // null: none
  private final Evaluation.Evaluator averagedValidation; // null: none
  private final BestWeights best; // null: not kept

  /**
   * Held while the parameters change, and with them everything else that a checkpoint keeps. Fair,
   * so that a thread that waits for it gets in after the present step.
   */
  private final ReentrantLock change = new ReentrantLock(true);

  private TrainingState state;
  private float lastRate = Float.NaN;

  Trainer(TrainerBuilder b) {
    network = b.network;
    loss = b.loss;
    schedule = b.schedule;
    momentum = b.momentum;
    plateau = b.plateau;
    batchSize = b.batchSize;
    accumulate = b.accumulate;
    int largest = new ShardTree(b.exchange.shards()).largest(batchSize);
    BatchTransform.Pass batchTransform =
        b.batchTransform == BatchTransform.NONE
            ? null
            : b.batchTransform.newPass(
                network.inputShape(), network.outputShape().size(), largest, b.team);
    Transform transform = network.preparation().after(b.transform);
    batches = new Batches(b.team, transform, batchTransform, b.seed);
    sampling = b.sampling;
    prefetch = b.prefetch;
    step =
        new TrainingStep(
            network, b.optimizer, b.loss, b.penalty, b.frozen, largest, b.seed, b.team);
    sharded =
        b.exchange.shards() == 1
            ? null
            : new ShardedGradients(step, network, b.frozen, b.exchange, b.team);
    if (momentum != null) {
      step.momentum(momentum.rate(0)); // so that an optimizer without one is refused here
    }
    Map<String, Tensor> remembered = new LinkedHashMap<>(step.optimizerState());
    average = b.averaging == null ? null : new WeightAverage(b.averaging, network.graph(), b.team);
    if (average != null) {
      remembered.putAll(average.state());
    }
    averaged = average == null ? null : new Network(average.graph()).with(network.preparation());
    best = b.best == null ? null : new BestWeights(b.best, network);
    if (best != null) {
      remembered.putAll(best.state());
    }
    checkpoint = new TrainingCheckpoint(network, Collections.unmodifiableMap(remembered));
    validation = evaluator(b, network);
    averagedValidation = average == null ? null : evaluator(b, averaged);
    last =
        validation == null ? new LastBatch(network, b.loss, Math.min(largest, LAST), b.team) : null;
    state = new TrainingState(b.seed, batchSize, accumulate, b.exchange.shards());
    addWhatIsMissing(state);
  }

  private void addWhatIsMissing(TrainingState begun) {
    if (plateau != null && begun.plateau == null) {
      begun.plateau = new PlateauState();
    }
    if (best != null && begun.best == null) {
      begun.best = new BestWeights.Standing();
    }
  }

  private static Evaluation.Evaluator evaluator(TrainerBuilder b, Network network) {
    return b.validation == null || b.validation.size() == 0
        ? null
        : new Evaluation.Evaluator(
            network, b.validation, b.loss, b.validationTransform, b.team, b.metrics, b.prefetch);
  }

  /**
   * Begins to choose how a network is trained.
   *
   * @param network what to train; already initialised
   * @return a builder
   */
  public static TrainerBuilder of(Network network) {
    return new TrainerBuilder(network);
  }

  /**
   * How far the training has come.
   *
   * @return the number of epochs that have ended, with their validation
   */
  public int epochs() {
    return state.epoch;
  }

  /**
   * How far the present epoch has come.
   *
   * @return the number of its images that have been trained on; all of them before its validation
   */
  public int images() {
    return state.images;
  }

  /**
   * The learning rate of the last step; not those of groups of parameters that have rates of their
   * own. For listeners: it is read in the thread that trains.
   *
   * @return NaN before the first step, and after a resumption before the next one or the end of the
   *     epoch
   */
  public float learningRate() {
    return lastRate;
  }

  /**
   * The network with averaged weights, if {@link TrainerBuilder#average} asks for them: to be saved
   * once it has been trained. It changes with every step.
   *
   * @return a network of its own; with the weights from before the training until the first ones
   *     have been averaged
   * @throws IllegalStateException if no averages are taken
   */
  public Network averaged() {
    if (averaged == null) {
      throw new IllegalStateException("no averages are taken: choose them by average(...)");
    }
    return averaged;
  }

  /**
   * The network as it was after the best epoch so far, if {@link TrainerBuilder#best} asks for it:
   * to be saved once the training has ended. It changes with every better epoch.
   *
   * @return a network of its own; before the first validation with the weights from before the
   *     training
   * @throws IllegalStateException if the best weights are not kept
   */
  public Network best() {
    if (best == null) {
      throw new IllegalStateException("the best weights are not kept: choose them by best(...)");
    }
    return best.network();
  }

  /**
   * Whether the training has stopped early: then {@link #fit} makes no further epoch.
   *
   * @return true after as many epochs without a better one as {@link BestEpoch#patience} allows
   */
  public boolean stoppedEarly() {
    return best != null && best.isOver(state.best);
  }

  /**
   * Trains for some epochs, without reports.
   *
   * @param epochs how many; what is left of an epoch counts as one
   * @param train the images to train on
   * @throws IllegalArgumentException as {@link #fit(int, Dataset, TrainingListener)}
   * @throws IllegalStateException as {@link #fit(int, Dataset, TrainingListener)}
   * @throws DivergedException as {@link #fit(int, Dataset, TrainingListener)}
   */
  public void fit(int epochs, Dataset train) {
    fit(epochs, train, SILENT);
  }

  /**
   * Trains for some epochs, or fewer if the training {@linkplain #stoppedEarly stops early}. May be
   * called again to go on, also within an epoch: after {@link #restore}, or if the listener has
   * thrown an exception.
   *
   * @param epochs how many; what is left of an epoch counts as one
   * @param train the images to train on; after {@link #restore} the same as before
   * @param listener receives reports of steps and epochs
   * @throws IllegalArgumentException if {@code epochs} is negative, there are no images to train on
   *     or too few for the position restored; if the images are not what the network takes, or have
   *     more classes, or other than as many target values, than it has outputs; or if a schedule
   *     ends before; nothing is trained then. Or if a layer refuses a batch, as a batch
   *     normalisation does a last one of a single value; the steps before have been made
   * @throws IllegalStateException if all parameters are zero, with which several layers learn
   *     nothing: the network has been neither initialised nor loaded
   * @throws DivergedException if the loss of a step is not finite, which then is not made; or if an
   *     epoch ends with a parameter that is not finite, or with which the loss of the validation is
   *     not, or without validation that of the last batch
   * @throws java.io.UncheckedIOException if an image cannot be read; the step that it belongs to is
   *     not made
   */
  public void fit(int epochs, Dataset train, TrainingListener listener) {
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs must be at least 0, but is " + epochs);
    }
    int least = Math.max(1, state.images);
    if (train.size() < least) {
      throw new IllegalArgumentException(
          (train.size() == 1 ? "there is 1 image" : "there are " + train.size() + " images")
              + (" to train on, expected at least " + least));
    }
    Evaluation.requireFit(network, train, loss);
    batches.requireFit(train);
    requireInitialized();
    requireLongEnough("schedule", schedule, epochs, train.size());
    if (momentum != null) {
      requireLongEnough("schedule of the momentum", momentum, epochs, train.size());
    }
    Sampling.Sampler sampler = sampling.newSampler(train);
    int[] order = new int[train.size()];
    Repeats repeats = new Repeats(train.size());
    for (int i = 0; i < epochs && !stoppedEarly(); i++) {
      long start = System.nanoTime() - state.nanos;
      state.draw(sampler, order);
      batches.epoch(state.epoch, repeats.of(order));
      try {
        trainEpoch(order, train, listener, start);
      } finally {
        batches.endPrefetch();
      }
      if (Float.isNaN(lastRate)) { // all steps were made before the training was resumed
        lastRate = rate(state.steps(order.length) - 1);
      }
      long trained = state.nanos;
      Evaluation result = validate();
      pauseWhile(
          () -> {
            EpochReport report =
                new EpochReport(
                    state.epoch + 1,
                    state.meanLoss(),
                    result,
                    order.length,
                    trained * 1e-9,
                    (System.nanoTime() - start) * 1e-9);
            if (plateau != null) {
              float rate = schedule.rate(state.steps(order.length) - 1);
              state.plateau.endEpoch(plateau, result.loss(), rate);
            }
            if (best != null) {
              best.endEpoch(state.best, result, validated());
            }
            state.endEpoch();
            listener.onEpoch(report);
          });
    }
  }

  /** A single layer may begin with zeros; between two of them no gradient would pass. */
  private void requireInitialized() {
    long layers = network.nodes().stream().filter(node -> !node.parameters().isEmpty()).count();
    if (layers > 1 && network.parameters().values().stream().allMatch(Trainer::isZero)) {
      throw new IllegalStateException(
          "all parameters are zero: network.initialize(seed) draws them, ModelFile.load reads"
              + " them");
    }
  }

  private static boolean isZero(Parameter parameter) {
    Tensor value = parameter.value();
    for (int i = value.offset; i < value.offset + value.size(); i++) {
      if (value.data[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private void requireLongEnough(String what, Schedule schedule, int epochs, int images) {
    long perEpoch = Math.ceilDiv(images, state.imagesPerStep());
    long all = (long) state.epoch + epochs;
    long end = all * perEpoch;
    if (epochs > 0 && end - 1 > schedule.last()) {
      throw new IllegalArgumentException(
          ("the " + what + " ends with step " + schedule.last() + ", but " + perEpoch)
              + (" steps in each of " + all + " epochs go on to step ")
              + ((end - 1) + ": make it longer, or let it hold its last rate"));
    }
  }

  private void trainEpoch(int[] order, Dataset train, TrainingListener listener, long start) {
    long number = state.steps(order.length);
    if (last != null && state.images == order.length) { // restored between last step and the end
      int from = (order.length - 1) / batchSize * batchSize;
      keepLast(order, train, from);
    }
    batches.prefetch(train, order, state.images, batchSize, sharded == null ? prefetch : 0);
    for (int from = state.images; from < order.length; from += state.imagesPerStep()) {
      int images = Math.min(state.imagesPerStep(), order.length - from);
      change.lock(); // not pauseWhile: its action would be allocated
      try { // forward, too, changes buffers
        double lossSum = gradients(order, train, from, images);
        if (momentum != null) {
          step.momentum(momentum.rate(number));
        }
        lastRate = rate(number);
        step.update(lastRate);
        if (average != null) {
          average.update(number);
        }
        state.endStep(images, lossSum, System.nanoTime() - start);
        listener.onStep(state.images, state.meanLoss());
      } finally {
        change.unlock();
      }
      number++;
    }
  }

  /** Copies the last batch, or of a batch that is cut the last shard. */
  private void keepLast(int[] order, Dataset train, int from) {
    int images = order.length - from;
    if (sharded == null) {
      batches.copy(train, order, from, images, step.input(), step.targets());
    } else {
      images = sharded.copyLast(batches, train, order, from, images);
    }
    last.keep(step, images);
  }

  private float rate(long step) {
    float rate = schedule.rate(step);
    return plateau == null ? rate : state.plateau.rate(plateau, rate);
  }

  /** Of the mean loss of the images of one step, a batch after the other. */
  private double gradients(int[] order, Dataset train, int from, int images) {
    long number = state.batches(order.length);
    if (sharded != null) {
      if (last != null && from + images == order.length) {
        keepLast(order, train, from);
      }
      double lossSum = sharded.gradients(batches, train, order, from, images, number);
      state.requireFinite(lossSum, images);
      return lossSum;
    }
    double lossSum = 0;
    for (int done = 0; done < images; done += batchSize) {
      int batch = Math.min(batchSize, images - done);
      batches.copy(train, order, from + done, batch, step.input(), step.targets());
      if (last != null && from + done + batch == order.length) {
        last.keep(step, batch);
      }
      if (batch == images) {
        lossSum = step.gradients(batch, number);
      } else {
        if (done == 0) {
          step.zeroGradients();
        }
        lossSum += step.addGradients(batch, number, (float) batch / images);
      }
      state.requireFinite(lossSum, done + batch);
      number++;
    }
    return lossSum;
  }

  /** The network that a validation looks at. */
  private Network validated() {
    return average != null && average.updates() > 0 ? averaged : network;
  }

  /** Looks at what the last step has made of the parameters, which no step will. */
  private Evaluation validate() {
    Evaluation.Evaluator evaluator = validated() == network ? validation : averagedValidation;
    Evaluation result = evaluator == null ? null : evaluator.evaluate();
    double loss = result == null ? last.loss() : result.loss();
    if (!Double.isFinite(loss)) {
      String what = result == null ? "the loss of the last batch" : "the validation loss";
      throw state.diverged(what + " is " + loss, 0);
    }
    checkpoint.requireFinite(state); // an infinite bias below a ReLU is in no loss
    return result;
  }

  /**
   * Something done while a training stands still.
   *
   * @param <E> what it throws
   */
  @FunctionalInterface
  public interface Action<E extends Exception> {
    /**
     * Does it.
     *
     * @throws E if it fails
     */
    void run() throws E;
  }

  /**
   * Does something between two steps: waits until a step that is changing the parameters has ended,
   * and makes no further change until the action has returned. May be called by any thread, also
   * from within such an action or a listener.
   *
   * @param <E> what the action throws
   * @param action what to do
   * @throws E if the action fails; the training goes on
   */
  public <E extends Exception> void pauseWhile(Action<E> action) throws E {
    change.lock();
    try {
      action.run();
    } finally {
      change.unlock();
    }
  }

  /**
   * Copies all that the next step depends on: the parameters, in the names and layouts of {@link
   * ModelFile}, what the optimizer remembers, where the training stands, and the sums so far. May
   * be called by any thread while the training runs; then it waits until a step has ended.
   *
   * @param notes texts to be kept with it; keys must not begin with {@code training.}
   * @return the checkpoint, for a {@link CheckpointFolder}
   * @throws DivergedException if a value is not finite
   */
  public Safetensors checkpoint(Map<String, String> notes) {
    change.lock();
    try {
      return checkpoint.save(state, notes);
    } finally {
      change.unlock();
    }
  }

  /**
   * Resumes a training where a checkpoint was made. Changes nothing unless everything fits.
   *
   * @param saved what {@link #checkpoint} has made, for a network of the same layers and the same
   *     optimizer
   * @throws DataException if it is not for this network, this optimizer, this seed, this batch
   *     size, this number of shards or this number of batches in a step
   */
  public void restore(CheckpointFolder.Entry saved) throws DataException {
    pauseWhile(
        () -> {
          state = checkpoint.restore(saved, state);
          addWhatIsMissing(state);
        });
  }
}
