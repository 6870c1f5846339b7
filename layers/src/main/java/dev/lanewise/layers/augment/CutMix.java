// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Puts a rectangle of the image before it over each image of a batch, of the first that of the last
 * (Yun et al., "CutMix: regularization strategy to train strong classifiers with localizable
 * features", 2019), as torchvision's {@code CutMix}. The rectangle is the same for all images of a
 * batch. Its centre is any pixel, its sides are {@code sqrt(1 - share)} of those of the image, with
 * a share drawn from Beta(alpha, alpha); what lies outside is cut off. Targets are mixed by the
 * areas that are seen, and become values: the loss must take them, as cross-entropy does.
 * Immutable.
 */
public final class CutMix implements BatchTransform {
  private final Beta beta;

  /** Rectangles by shares that are uniform from 0 to 1. */
  public CutMix() {
    this(1);
  }

  /**
   * Rectangles.
   *
   * @param alpha from 0.001 to 1000; the smaller, the more an image remains itself or becomes the
   *     other
   * @throws IllegalArgumentException if it is no such number
   */
  public CutMix(double alpha) {
    beta = new Beta(alpha);
  }

  @Override
  public Pass newPass(Shape shape, int outputs, int maxBatch, WorkerTeam team) {
    return new Running(shape, outputs, team);
  }

  /** One running transform, divided by rows: each task moves one of all images. */
  private final class Running implements Pass {
    private final Shape shape;
    private final WorkerTeam team;
    private final WorkerTeam.Task task = this::row;
    private final float[] last; // image
    private final float[] lastTarget; // outputs

    // The running call.
    private int batch;
    private Tensor x;
    private int top;
    private int left;
    private int right;

    Running(Shape shape, int outputs, WorkerTeam team) {
      this.shape = shape;
      this.team = team;
      last = new float[shape.size()];
      lastTarget = new float[outputs];
    }

    @Override
    public void apply(int batch, Tensor x, Targets targets, RandomStream random) {
      double half = 0.5 * Math.sqrt(1 - beta.draw(random));
      int halfWidth = (int) (half * shape.width());
      int halfHeight = (int) (half * shape.height());
      int centreX = random.nextInt(shape.width());
      int centreY = random.nextInt(shape.height());
      top = Math.max(centreY - halfHeight, 0);
      left = Math.max(centreX - halfWidth, 0);
      right = Math.min(centreX + halfWidth, shape.width());
      int rows = Math.min(centreY + halfHeight, shape.height()) - top;
      double covered = (double) rows * (right - left) / (shape.height() * shape.width());
      Neighbours.mixTargets(targets, batch, (float) (1 - covered), lastTarget);
      this.batch = batch;
      this.x = x;
      team.run(rows, task);
      this.x = null;
    }

    private void row(int index, int worker) {
      int at = ((top + index) * shape.width() + left) * shape.channels();
      int count = (right - left) * shape.channels();
      int size = shape.size();
      int end = x.offset + (batch - 1) * size + at;
      System.arraycopy(x.data, end, last, at, count);
      for (int row = end; row > x.offset + at; row -= size) {
        System.arraycopy(x.data, row - size, x.data, row, count);
      }
      System.arraycopy(last, at, x.data, x.offset + at, count);
    }
  }
}
