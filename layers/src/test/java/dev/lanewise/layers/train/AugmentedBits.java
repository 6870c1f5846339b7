// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.augment.ColorJitter;
import dev.lanewise.layers.augment.CutMix;
import dev.lanewise.layers.augment.Cutout;
import dev.lanewise.layers.augment.ElasticTransform;
import dev.lanewise.layers.augment.MixUp;
import dev.lanewise.layers.augment.RandomAffine;
import dev.lanewise.layers.augment.RandomApply;
import dev.lanewise.layers.augment.RandomCrop;
import dev.lanewise.layers.augment.RandomErasing;
import dev.lanewise.layers.augment.RandomFlip;
import dev.lanewise.layers.augment.RandomResizedCrop;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What all transforms make of images and their targets, for {@link TrainedBits}. */
final class AugmentedBits {
  /** Every transform of images that there is, {@link TrainedBitsTest} sees to that. */
  static final List<Transform> TRANSFORMS =
      List.of(
          new RandomAffine().rotate(30).shift(0.2).scale(0.8, 1.2).shear(10).bilinear(),
          new RandomApply(0.3, new RandomAffine().rotate(30).fill(0.5f)),
          new ElasticTransform(20, 2),
          RandomFlip.vertical(0.2),
          RandomFlip.horizontal().alternating(),
          new RandomCrop(2).reflect(),
          new RandomResizedCrop(),
          new ColorJitter().brightness(0.4).contrast(0.4).saturation(0.4).hue(0.2),
          new Normalize(0.4f, 0.3f),
          new RandomErasing().noise(),
          new Cutout(3));

  /** Every transform of batches. */
  static final List<BatchTransform> BATCH_TRANSFORMS =
      List.of(new MixUp(0.4), new MixUp(3), new CutMix());

  private AugmentedBits() {}

  /** All transforms of images, one after the other. */
  static Transform all() {
    return TRANSFORMS.stream().reduce(Transform.NONE, Transform::then);
  }

  /** One of all transforms of batches. */
  static BatchTransform any() {
    return BatchTransform.oneOf(BATCH_TRANSFORMS.toArray(BatchTransform[]::new));
  }

  /** Hands out batches of images of three channels, and their targets, in some epochs. */
  static void run(
      int side, int images, int batchSize, int epochs, WorkerTeam team, Consumer<Tensor> results) {
    Shape shape = new Shape(side, side, 3);
    RandomStream random = new RandomStream(4);
    float[] values = new float[images * shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(256) / 255f;
    }
    Dataset data = new FloatDataset(shape, 4, values, new int[images]);
    int[] order = IntStream.range(0, images).toArray();
    Tensor x = Tensor.zeros(batchSize, shape);
    Targets targets = new Targets(batchSize, 4);
    Batches batches = new Batches(team, all(), any().newPass(shape, 4, batchSize, team), 7);
    for (int epoch = 0; epoch < epochs; epoch++) {
      batches.epoch(epoch);
      for (int from = 0; from < images; from += batchSize) {
        batches.copy(data, order, from, Math.min(batchSize, images - from), x, targets);
        results.accept(x);
        results.accept(targets.values());
      }
    }
  }
}
