// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * An image that a network classifies wrongly.
 *
 * @param image its number in the data set
 * @param label what it is
 * @param prediction what the network takes it for
 * @param certainty the probability of the prediction
 * @param truth the probability of the label
 * @param loss the cross-entropy of the image, {@code -log(truth)}
 */
public record Mistake(
    int image, int label, int prediction, double certainty, double truth, double loss) {
  private static final int BATCH = 100;

  /** The least bad one first; of equal ones the later image. */
  private static final Comparator<Mistake> BY_LOSS =
      Comparator.comparingDouble(Mistake::loss)
          .thenComparing(Comparator.comparingInt(Mistake::image).reversed());

  /**
   * Finds the mistakes with the largest loss. Images whose outputs are not finite are left out.
   *
   * @param network the network; its output has one value per class
   * @param data labelled images
   * @param most how many to find
   * @param team the threads to use
   * @return the worst one first; of equal ones the earlier image first
   * @throws IllegalArgumentException if the images are not what the network takes, have more
   *     classes than it has outputs, or have no labels; or if {@code most} is negative
   */
  public static List<Mistake> worst(Network network, Dataset data, int most, WorkerTeam team) {
    if (most < 0) {
      throw new IllegalArgumentException("most must be at least 0, but is " + most);
    }
    if (data.targetSize() > 0) {
      throw new IllegalArgumentException("the images have values as targets, expected labels");
    }
    Evaluation.requireFit(network, data, new SoftmaxCrossEntropy());
    int outputs = network.outputShape().size();
    Predictor predictor = new Predictor(network, BATCH, team);
    float[] images = new float[BATCH * data.shape().size()];
    float[] y = new float[BATCH * outputs];
    int[] labels = new int[BATCH];
    int[] numbers = new int[BATCH];
    PriorityQueue<Mistake> worst = new PriorityQueue<>(BY_LOSS);
    for (int from = 0; from < data.size(); from += BATCH) {
      int batch = Math.min(BATCH, data.size() - from);
      for (int i = 0; i < batch; i++) {
        numbers[i] = from + i;
      }
      data.copy(numbers, 0, batch, images, 0, labels, 0);
      predictor.outputs(batch, images, y);
      for (int i = 0; i < batch; i++) {
        Mistake mistake = of(from + i, labels[i], y, i * outputs, outputs);
        if (mistake.prediction != mistake.label && Double.isFinite(mistake.loss)) {
          worst.add(mistake);
          if (worst.size() > most) {
            worst.remove();
          }
        }
      }
    }
    return worst.stream().sorted(BY_LOSS.reversed()).toList();
  }

  /** Of logits; in double precision, since the probability of the label may be very small. */
  private static Mistake of(int image, int label, float[] y, int at, int outputs) {
    int best = 0;
    for (int c = 1; c < outputs; c++) {
      best = y[at + c] > y[at + best] ? c : best;
    }
    double sum = 0;
    for (int c = 0; c < outputs; c++) {
      sum += StrictMath.exp(y[at + c] - (double) y[at + best]);
    }
    double loss = StrictMath.log(sum) + y[at + best] - y[at + label];
    return new Mistake(image, label, best, 1 / sum, StrictMath.exp(-loss), loss);
  }
}
