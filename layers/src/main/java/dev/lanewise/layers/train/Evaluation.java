package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;

/**
 * How well a network does on a data set.
 *
 * @param loss the mean loss; NaN for an empty data set
 * @param count the number of images
 * @param confusion {@code [label][prediction]}: how many images of a class were classified as
 *     which; empty if the images have values as targets, not labels
 * @param overflowed for how many images the network gave an output that is infinite or NaN: what
 *     they were classified as means nothing then, nor does a loss that is not finite
 */
public record Evaluation(double loss, long count, long[][] confusion, long overflowed) {
  private static final int BATCH = 100;

  /**
   * An evaluation of labelled images whose outputs were all finite.
   *
   * @param loss the mean loss
   * @param confusion {@code [label][prediction]}
   */
  public Evaluation(double loss, long[][] confusion) {
    this(loss, sum(confusion), confusion, 0);
  }

  /** All cells of a matrix. */
  private static long sum(long[][] confusion) {
    return Arrays.stream(confusion).flatMapToLong(Arrays::stream).sum();
  }

  /**
   * Classifies every image of a data set.
   *
   * @param network the network; its output has one value per class
   * @param data the images
   * @param team the threads to use
   * @return the result
   * @throws IllegalArgumentException if the images are not what the network takes, or have more
   *     classes, or other than as many target values, than it has outputs
   */
  public static Evaluation of(Network network, Dataset data, WorkerTeam team) {
    return of(network, data, Transform.NONE, team);
  }

  /**
   * Transforms and classifies every image of a data set.
   *
   * @param network the network; its output has one value per class
   * @param data the images
   * @param transform what is done to them first
   * @param team the threads to use
   * @return the result
   * @throws IllegalArgumentException if the images are not what the network takes, or have more
   *     classes, or other than as many target values, than it has outputs
   */
  public static Evaluation of(Network network, Dataset data, Transform transform, WorkerTeam team) {
    return new Evaluator(network, data, new SoftmaxCrossEntropy(), transform, team).evaluate();
  }

  /**
   * The share of images that were classified correctly.
   *
   * @return from 0 to 1; NaN for an empty data set, or one without labels
   */
  public double accuracy() {
    long correct = 0;
    for (int i = 0; i < confusion.length; i++) {
      correct += confusion[i][i];
    }
    return (double) correct / sum(confusion);
  }

  /**
   * How reliable a prediction of a class is.
   *
   * @param c the class
   * @return correct predictions of {@code c} / predictions of {@code c}; NaN if there were none
   */
  public double precision(int c) {
    long predicted = 0;
    for (long[] row : confusion) {
      predicted += row[c];
    }
    return (double) confusion[c][c] / predicted;
  }

  /**
   * How much of a class was found.
   *
   * @param c the class
   * @return correct predictions of {@code c} / images of {@code c}; NaN if there were none
   */
  public double recall(int c) {
    long actual = 0;
    for (long cell : confusion[c]) {
      actual += cell;
    }
    return (double) confusion[c][c] / actual;
  }

  /** Images of another shape would be read as something else, or not at all. */
  static void requireFit(Network network, Dataset data) {
    if (!data.shape().equals(network.inputShape())) {
      throw new IllegalArgumentException(
          "the network takes images " + network.inputShape() + ", not " + data.shape());
    }
    int outputs = network.outputShape().size();
    if (data.targetSize() > 0 && data.targetSize() != outputs) {
      throw new IllegalArgumentException(
          "the network has "
              + outputs
              + " outputs, but the images have "
              + data.targetSize()
              + " target values");
    }
    if (data.classes() > outputs) {
      throw new IllegalArgumentException(
          "the network has " + outputs + " outputs, too few for " + data.classes() + " classes");
    }
  }

  /** Keeps a pass and its buffers, so that evaluating after every epoch allocates them once. */
  static final class Evaluator {
    private final Network.Pass pass;
    private final Dataset data;
    private final Batches batches;
    private final Loss.Pass loss;
    private final int classes;
    private final int[] order;
    private final Targets targets;

    Evaluator(Network network, Dataset data, Loss loss, Transform transform, WorkerTeam team) {
      requireFit(network, data);
      pass = network.inferencePass(BATCH, team);
      classes = network.outputShape().size();
      this.loss = loss.newPass(network.outputShape(), BATCH);
      targets = new Targets(BATCH, classes);
      this.data = data;
      batches = new Batches(team, transform, 0);
      order = new int[data.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
    }

    Evaluation evaluate() {
      pass.freezeParameters(); // until the next call
      boolean labelled = data.targetSize() == 0;
      long[][] confusion = labelled ? new long[classes][classes] : new long[0][];
      double sum = 0;
      long overflowed = 0;
      for (int from = 0; from < order.length; from += BATCH) {
        int batch = Math.min(BATCH, order.length - from);
        batches.copy(data, order, from, batch, pass.input(), targets);
        Tensor logits = pass.forward(batch);
        sum += loss.forward(batch, logits, targets);
        for (int i = 0; i < batch; i++) {
          if (labelled) {
            confusion[targets.labels()[i]][argmax(logits, i * classes)]++;
          }
          overflowed += isFinite(logits, i * classes) ? 0 : 1;
        }
      }
      return new Evaluation(sum / order.length, order.length, confusion, overflowed);
    }

    private int argmax(Tensor logits, int from) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (logits.data[logits.offset + from + c] > logits.data[logits.offset + from + best]) {
          best = c;
        }
      }
      return best;
    }

    private boolean isFinite(Tensor logits, int from) {
      for (int c = 0; c < classes; c++) {
        if (!Float.isFinite(logits.data[logits.offset + from + c])) {
          return false;
        }
      }
      return true;
    }
  }
}
