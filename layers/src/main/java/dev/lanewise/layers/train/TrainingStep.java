// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.loss.WeightPenalty;
import dev.lanewise.layers.optim.Optimizer;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One step of training: run forward, take the loss, run backward, update the parameters. {@link
 * Trainer} repeats it; a training loop of your own is
 *
 * <pre>{@code
 * TrainingStep step = new TrainingStep(network, new Sgd(), new SoftmaxCrossEntropy(), 10, 1, team);
 * for (long n = 0; n < steps; n++) {
 *   // ... fill step.input() and step.targets() with 10 images
 *   double lossSum = step.gradients(10, n);
 *   step.update(0.05f);
 * }
 * }</pre>
 *
 * <p>Not thread-safe. Allocates nothing once a batch of the largest size has been trained on.
 */
public final class TrainingStep {
  private final Network.Pass pass;
  private final Loss.Pass loss;
  private final WeightPenalty.Pass penalty; // null: none
  private final Optimizer.Updater updater;
  private final Targets targets;
  private final Elementwise elementwise;
  private final Elementwise.Range scale = this::scale;
  private final int outputSize;
  private float factor; // of the running call

  /**
   * Prepares steps.
   *
   * @param network what to train; already initialised
   * @param optimizer how to update its parameters
   * @param loss what to make small
   * @param maxBatch the largest batch
   * @param seed decides, with the number of the step, what the layers draw at random
   * @param team the threads to use; not closed by the step
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, the loss does not accept
   *     the outputs of the network, or the optimizer not its parameters
   */
  public TrainingStep(
      Network network, Optimizer optimizer, Loss loss, int maxBatch, long seed, WorkerTeam team) {
    this(network, optimizer, loss, null, maxBatch, seed, team);
  }

  /**
   * Prepares steps with a penalty on the weights.
   *
   * @param network what to train; already initialised
   * @param optimizer how to update its parameters
   * @param loss what to make small
   * @param penalty what is added to the loss; {@code null} for nothing
   * @param maxBatch the largest batch
   * @param seed decides, with the number of the step, what the layers draw at random
   * @param team the threads to use; not closed by the step
   * @throws IllegalArgumentException as above, or if the penalty is on none of the parameters
   */
  public TrainingStep(
      Network network,
      Optimizer optimizer,
      Loss loss,
      WeightPenalty penalty,
      int maxBatch,
      long seed,
      WorkerTeam team) {
    this(network, optimizer, loss, penalty, name -> false, maxBatch, seed, team);
  }

  /**
   * Prepares steps with a penalty on the weights, or that leave some parameters as they are. What
   * only these need of the way back is left out.
   *
   * @param network what to train; already initialised
   * @param optimizer how to update its parameters
   * @param loss what to make small
   * @param penalty what is added to the loss; {@code null} for nothing
   * @param frozen tells by their full names which parameters are not trained
   * @param maxBatch the largest batch
   * @param seed decides, with the number of the step, what the layers draw at random
   * @param team the threads to use; not closed by the step
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, the loss does not accept
   *     the outputs of the network, the optimizer not its parameters, all of these are frozen, or
   *     the penalty is on none that are trained
   */
  public TrainingStep(
      Network network,
      Optimizer optimizer,
      Loss loss,
      WeightPenalty penalty,
      Predicate<String> frozen,
      int maxBatch,
      long seed,
      WorkerTeam team) {
    Map<String, Parameter> trained = new LinkedHashMap<>(network.parameters());
    trained.keySet().removeIf(frozen);
    if (trained.isEmpty() && !network.parameters().isEmpty()) {
      throw new IllegalArgumentException("all parameters are frozen, expected one to be trained");
    }
    Set<String> others = new HashSet<>(network.parameters().keySet());
    others.removeAll(trained.keySet());
    pass = network.trainingPass(maxBatch, team, seed, others);
    elementwise = new Elementwise(team);
    outputSize = network.outputShape().size();
    this.loss = loss.newPass(network.outputShape(), maxBatch);
    this.penalty = penalty == null ? null : penalty.newPass(trained, team);
    updater = optimizer.newUpdater(Collections.unmodifiableMap(trained), team);
    targets = new Targets(maxBatch, outputSize);
  }

  /**
   * Where the images go.
   *
   * @return {@code [maxBatch, H, W, C]}
   */
  public Tensor input() {
    return pass.input();
  }

  /**
   * Where the targets go.
   *
   * @return for {@code maxBatch} images
   */
  public Targets targets() {
    return targets;
  }

  /**
   * Runs the network forward on the images in {@link #input}.
   *
   * @param batch the number of images
   * @return the outputs, until the next call
   */
  public Tensor forward(int batch) {
    return pass.forward(batch);
  }

  /**
   * Computes the gradients of the mean loss, and of the penalty if there is one, with respect to
   * all parameters that are trained. The parameters stay as they are.
   *
   * @param batch the number of images in {@link #input} and of {@link #targets}
   * @param step how many steps have been made before: decides what is drawn at random in this one
   * @return the sum of the losses of the images, each with the penalty
   */
  public double gradients(int batch, long step) {
    double lossSum = forwardAndLoss(batch, step);
    pass.zeroGrad();
    pass.backward(batch);
    return penalty == null ? lossSum : lossSum + batch * penalty.addGradients(1);
  }

  private double forwardAndLoss(int batch, long step) {
    pass.step(step);
    Tensor y = forward(batch);
    return loss.forwardBackward(batch, y, targets, pass.outputGradient());
  }

  /**
   * Adds to the gradients those of the mean loss of a batch, and of the penalty if there is one,
   * times a factor: so several batches make one step. With {@code batch / all} for each of them,
   * after {@link #zeroGradients}, these are the gradients of the mean loss of all images.
   *
   * @param batch the number of images in {@link #input} and of {@link #targets}
   * @param step decides what is drawn at random: another number for each batch
   * @param factor what the gradients are multiplied by
   * @return the sum of the losses of the images, each with the penalty
   */
  public double addGradients(int batch, long step, float factor) {
    return addGradients(batch, step, factor, parameter -> {});
  }

  /**
   * The same, and says which gradients are complete.
   *
   * @param complete receives a parameter once its gradient stays as it is, while the way back goes
   *     on; none where there is a penalty, whose gradients come last
   */
  double addGradients(int batch, long step, float factor, Consumer<Parameter> complete) {
    double lossSum = forwardAndLoss(batch, step);
    this.factor = factor;
    elementwise.run(batch * outputSize, scale);
    if (penalty == null) {
      pass.backward(batch, complete);
      return lossSum;
    }
    pass.backward(batch);
    return lossSum + batch * penalty.addGradients(factor);
  }

  private void scale(int from, int to) {
    Tensor dy = pass.outputGradient();
    for (int i = dy.offset + from; i < dy.offset + to; i++) {
      dy.data[i] *= factor;
    }
  }

  /** Sets all gradients to zero, before the first {@link #addGradients} of a step. */
  public void zeroGradients() {
    pass.zeroGrad();
  }

  /**
   * Sets the momentum of the next updates.
   *
   * @param momentum from 0 to below 1
   * @throws IllegalArgumentException if it is not, or the optimizer has no momentum
   */
  public void momentum(float momentum) {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "the momentum must be from 0 to below 1, but is " + momentum);
    }
    updater.momentum(momentum);
  }

  /**
   * Updates the parameters along their gradients.
   *
   * @param learningRate the length of the step
   */
  public void update(float learningRate) {
    updater.step(learningRate);
  }

  /**
   * What the optimizer remembers.
   *
   * @return its own tensors, not copies, by name
   */
  public Map<String, Tensor> optimizerState() {
    return updater.state();
  }
}
