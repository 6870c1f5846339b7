// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Mixes each image of a batch with the one before it, and their targets likewise (Zhang, Cissé,
 * Dauphin and Lopez-Paz, "mixup: beyond empirical risk minimization", 2018):
 *
 * <pre>
 * x[i] = share * x[i] + (1 - share) * x[i - 1]      the first image with the last
 * </pre>
 *
 * <p>with one share for each batch, drawn from Beta(alpha, alpha), as torchvision's {@code MixUp}.
 * Targets become values: the loss must take them, as cross-entropy does. Immutable.
 */
public final class MixUp implements BatchTransform {
  private final Beta beta;

  /** A mixture by shares that are uniform from 0 to 1. */
  public MixUp() {
    this(1);
  }

  /**
   * A mixture.
   *
   * @param alpha from 0.001 to 1000; the smaller, the more an image remains itself or becomes the
   *     other. The paper takes 0.1 to 0.4 for ImageNet and 1 for CIFAR
   * @throws IllegalArgumentException if it is no such number
   */
  public MixUp(double alpha) {
    beta = new Beta(alpha);
  }

  @Override
  public Pass newPass(Shape shape, int outputs, int maxBatch, WorkerTeam team) {
    return new Running(shape.size(), outputs, team);
  }

  /** One running mixture, divided by elements: each task mixes some of all images. */
  private final class Running implements Pass {
    private static final int COUNT = 512; // elements of a task

    private final int size;
    private final WorkerTeam team;
    private final WorkerTeam.Task task = this::mix;
    private final float[] last; // image
    private final float[] lastTarget; // outputs

    // The running call.
    private int batch;
    private Tensor x;
    private float share;

    Running(int size, int outputs, WorkerTeam team) {
      this.size = size;
      this.team = team;
      last = new float[size];
      lastTarget = new float[outputs];
    }

    @Override
    public void apply(int batch, Tensor x, Targets targets, RandomStream random) {
      share = (float) beta.draw(random);
      Neighbours.mixTargets(targets, batch, share, lastTarget);
      this.batch = batch;
      this.x = x;
      team.run(Math.ceilDiv(size, COUNT), task);
      this.x = null;
    }

    private void mix(int index, int worker) {
      int from = index * COUNT;
      int count = Math.min(COUNT, size - from);
      Neighbours.mix(x.data, x.offset + from, batch, size, count, share, last, from);
    }
  }
}
