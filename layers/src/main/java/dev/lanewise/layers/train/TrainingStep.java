package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.loss.WeightPenalty;
import dev.lanewise.layers.optim.Optimizer;
import java.util.Map;

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

  /**
   * Prepares steps.
   *
   * @param network what to train; already initialised
   * @param optimizer how to update its parameters
   * @param loss what to make small
   * @param maxBatch the largest batch
   * @param seed decides, with the number of the step, what the layers draw at random
   * @param team the threads to use; not closed by the step
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or the loss does not
   *     accept the outputs of the network
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
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, the loss does not accept
   *     the outputs of the network, or the penalty is on none of its parameters
   */
  public TrainingStep(
      Network network,
      Optimizer optimizer,
      Loss loss,
      WeightPenalty penalty,
      int maxBatch,
      long seed,
      WorkerTeam team) {
    pass = network.trainingPass(maxBatch, team, seed);
    this.loss = loss.newPass(network.outputShape(), maxBatch);
    this.penalty = penalty == null ? null : penalty.newPass(network.parameters(), team);
    updater = optimizer.newUpdater(network.parameters(), team);
    targets = new Targets(maxBatch, network.outputShape().size());
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
   * all parameters. The parameters stay as they are.
   *
   * @param batch the number of images in {@link #input} and of {@link #targets}
   * @param step how many steps have been made before: decides what is drawn at random in this one
   * @return the sum of the losses of the images, each with the penalty
   */
  public double gradients(int batch, long step) {
    pass.step(step);
    Tensor y = forward(batch);
    double lossSum = loss.forwardBackward(batch, y, targets, pass.outputGradient());
    pass.zeroGrad();
    pass.backward(batch);
    return penalty == null ? lossSum : lossSum + batch * penalty.addGradients(1);
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
