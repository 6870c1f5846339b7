// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.BinaryCrossEntropy;
import dev.lanewise.layers.loss.Huber;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.MeanAbsoluteError;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.loss.WeightPenalty;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/** Values and gradients of every loss, for {@link TrainedBits} to be compared between JVMs. */
final class LossBits {
  private static final int BATCH = 19;
  private static final int OUTPUTS = 37;
  private static final float[] WEIGHTS = weights();

  /** Every loss there is, {@link TrainedBitsTest} sees to that. */
  static final List<Loss> LOSSES =
      List.of(
          new SoftmaxCrossEntropy(),
          new SoftmaxCrossEntropy().labelSmoothing(0.1).classWeights(WEIGHTS),
          new BinaryCrossEntropy(),
          new BinaryCrossEntropy().positiveWeights(WEIGHTS),
          new MeanSquaredError(),
          new MeanAbsoluteError(),
          new Huber(0.7));

  private LossBits() {}

  private static float[] weights() {
    float[] weights = new float[OUTPUTS];
    RandomStream random = new RandomStream(3);
    for (int i = 0; i < OUTPUTS; i++) {
      weights[i] = (float) random.nextDouble();
    }
    return weights;
  }

  /** Outputs of all sizes, with labels and with values as targets. */
  static void digest(WorkerTeam team, DoubleConsumer values, Consumer<Tensor> gradients) {
    RandomStream random = new RandomStream(5);
    Tensor y = Tensor.zeros(BATCH, OUTPUTS);
    Targets targets = new Targets(BATCH, OUTPUTS);
    float[] t = targets.useValues().data;
    for (int i = 0; i < BATCH * OUTPUTS; i++) {
      y.data[i] = (float) (random.nextGaussian() * (1 << i % 6));
      t[i] = (float) random.nextDouble();
    }
    Arrays.setAll(targets.useLabels(), i -> random.nextInt(OUTPUTS));
    for (Loss loss : LOSSES) {
      Loss.Pass pass = loss.newPass(Shape.flat(OUTPUTS), BATCH);
      Tensor dy = Tensor.zeros(BATCH, OUTPUTS);
      targets.useLabels();
      values.accept(pass.forwardBackward(BATCH, y, targets, dy));
      gradients.accept(dy);
      targets.useValues();
      values.accept(pass.forwardBackward(BATCH - 1, y, targets, dy));
      gradients.accept(dy);
    }
    Parameter weight = Parameter.zeros("weight", 123, 45);
    for (int i = 0; i < weight.value().size(); i++) {
      weight.value().data[i] = (float) random.nextGaussian();
    }
    WeightPenalty penalty = new WeightPenalty().l1(1e-3).l2(1e-2);
    values.accept(penalty.newPass(Map.of("0.weight", weight), team).addGradients(0.3f));
    gradients.accept(weight.grad());
  }
}
