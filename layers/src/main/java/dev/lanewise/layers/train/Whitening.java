// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Filters of a first convolution that whiten the patches of images: the eigenvectors of the
 * patches' second moments, each divided by the root of its eigenvalue, and their negatives, since a
 * rectifier follows. They are set before a training and then frozen. Page, "How to train your
 * ResNet" (2019); Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (2024).
 */
public final class Whitening {
  /** How many images are looked at. */
  private static final int IMAGES = 5000;

  private static final int BATCH = 100;

  /** Added to an eigenvalue, so that patterns that hardly occur are not made large. */
  private static final double EPS = 5e-4;

  private Whitening() {}

  /**
   * Sets the filters of a convolution, and its bias, if it has one, to zero. Of many images 5,000
   * are looked at, evenly spaced; they are normalised as the {@linkplain Network#preparation
   * network says}. The bits depend on the images alone.
   *
   * @param network the network
   * @param layer the full name of the convolution, which must be the first layer, without groups,
   *     of twice as many output channels as a patch has values
   * @param images such as those that will be trained on
   * @param team the threads to use
   * @throws IllegalArgumentException if there is no such convolution, or there are no such images
   */
  public static void initialize(Network network, String layer, Dataset images, WorkerTeam team) {
    Parameter weight = network.parameters().get(layer + ".weight");
    int[] dims = weight == null ? new int[0] : weight.value().dims();
    if (dims.length != Parameter.FILTERS
        || dims[2] != network.inputShape().channels()
        || dims[3] != 2 * dims[0] * dims[1] * dims[2]) {
      throw new IllegalArgumentException(
          "the whitened layer must be a convolution of the images with twice as many output"
              + " channels as a patch has values, but "
              + layer
              + (weight == null ? " has no weight" : " has the weight " + weight.value()));
    }
    if (images.size() == 0 || !images.shape().equals(network.inputShape())) {
      throw new IllegalArgumentException(
          "whitening needs images "
              + network.inputShape()
              + ", but there are "
              + images.size()
              + " images "
              + images.shape());
    }
    SymmetricEigen patterns = SymmetricEigen.of(moments(network, images, dims[0], dims[1], team));
    double[] values = patterns.values();
    Tensor filters = weight.value();
    for (int o = 0; o < values.length; o++) {
      double scale = 1 / Math.sqrt(Math.max(values[o], 0) + EPS);
      for (int i = 0; i < values.length; i++) {
        float value = (float) (patterns.vectors()[o][i] * scale);
        int at = filters.offset + i * dims[3];
        filters.data[at + o] = value;
        filters.data[at + values.length + o] = -value;
      }
    }
    Parameter bias = network.parameters().get(layer + ".bias");
    if (bias != null) {
      Initializer.ZEROS.fill(bias.value(), 1, 1, null);
    }
  }

  /** The mean of the products of any two values of a patch, {@code [KH * KW * C]} each. */
  private static double[][] moments(
      Network network, Dataset images, int kernelH, int kernelW, WorkerTeam team) {
    int count = Math.min(IMAGES, images.size());
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (int) ((long) i * images.size() / count);
    }
    Batches batches = new Batches(team, network.preparation().after(Transform.NONE), 0);
    Tensor x = Tensor.zeros(BATCH, images.shape());
    Targets targets = new Targets(BATCH, Math.max(1, images.targetSize()));
    Patches patches = new Patches(images.shape(), kernelH, kernelW);
    for (int from = 0; from < count; from += BATCH) {
      int batch = Math.min(BATCH, count - from);
      batches.copy(images, order, from, batch, x, targets);
      for (int i = 0; i < batch; i++) {
        patches.add(x.data, x.offset + i * images.shape().size());
      }
    }
    return patches.moments();
  }
}
