// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.Targets;

/**
 * The last batch of an epoch. Its loss is taken once more after its step, where no validation looks
 * at the parameters that this step has made.
 */
final class LastBatch {
  private final Network.Pass pass;
  private final Loss.Pass loss;
  private final Targets targets;
  private final int imageSize;
  private int batch;

  LastBatch(Network network, Loss loss, int maxBatch, WorkerTeam team) {
    pass = network.inferencePass(maxBatch, team);
    this.loss = loss.newPass(network.outputShape(), maxBatch);
    targets = new Targets(maxBatch, network.outputShape().size());
    imageSize = network.inputShape().size();
  }

  /** Copies a batch before its step, which may overwrite its input. */
  void keep(TrainingStep step, int batch) {
    this.batch = Math.min(batch, pass.maxBatch());
    step.input().copyTo(pass.input(), this.batch * imageSize);
    step.targets().copyTo(targets, this.batch);
  }

  /** The mean loss, by the parameters as they are now; 0 of no images. */
  double loss() {
    return batch == 0 ? 0 : loss.forward(batch, pass.forward(batch), targets) / batch;
  }
}
