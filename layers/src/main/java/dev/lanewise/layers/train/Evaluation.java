// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.metric.Metric;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a network does on a data set.
 *
 * @param loss the mean loss, weighed by the sizes of batches of 100; of images with weights each is
 *     multiplied by its own; NaN for an empty data set
 * @param count the number of images
 * @param confusion {@code [label][prediction]}: how many images of a class were classified as
 *     which; empty if the images have values as targets, not labels
 * @param overflowed for how many images the network gave an output that is infinite or NaN: what
 *     they were classified as means nothing then, nor does a figure that is not finite
 * @param metrics the figures asked for, by name; unmodifiable
 */
public record Evaluation(
    double loss, long count, long[][] confusion, long overflowed, Map<String, Double> metrics) {
  private static final int BATCH = 100;

  /**
   * An evaluation of labelled images whose outputs were all finite.
   *
   * @param loss the mean loss
   * @param confusion {@code [label][prediction]}
   */
  public Evaluation(double loss, long[][] confusion) {
    this(loss, sum(confusion), confusion, 0, Map.of());
  }

  /** All cells of a matrix. */
  private static long sum(long[][] confusion) {
    return Arrays.stream(confusion).flatMapToLong(Arrays::stream).sum();
  }

  /**
   * Classifies every image of a data set, prepared as the network says.
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
   * Transforms and classifies every image of a data set. The normalisation of the network follows.
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
    return of(network, data, new SoftmaxCrossEntropy(), transform, team);
  }

  /**
   * Transforms every image of a data set, runs the network on it, and takes metrics, all in one
   * pass over the data.
   *
   * @param network the network
   * @param data the images
   * @param loss what {@link #loss} is the mean of
   * @param transform what is done to the images first
   * @param team the threads to use
   * @param metrics further figures, each of a name of its own
   * @return the result
   * @throws IllegalArgumentException if the images are not what the network takes, or have more
   *     classes, or other than as many target values, than it has outputs; if the loss or a metric
   *     is not one of such outputs and targets, or two metrics have the same name
   */
  public static Evaluation of(
      Network network,
      Dataset data,
      Loss loss,
      Transform transform,
      WorkerTeam team,
      Metric... metrics) {
    return new Evaluator(network, data, loss, transform, team, List.of(metrics), Batches.AUTOMATIC)
        .evaluate();
  }

  /**
   * A figure that was asked for.
   *
   * @param name that of the metric
   * @return its value
   * @throws IllegalArgumentException if no metric of this name was taken
   */
  public double metric(String name) {
    Double value = metrics.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no metric '" + name + "' was taken; there are " + metrics.keySet());
    }
    return value;
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

  /**
   * Precision and recall in one figure, their harmonic mean.
   *
   * @param c the class
   * @return 2 * correct predictions of {@code c} / (predictions of {@code c} + images of {@code
   *     c}); NaN if there were neither
   */
  public double f1(int c) {
    long either = 0;
    for (int i = 0; i < confusion.length; i++) {
      either += confusion[i][c] + confusion[c][i];
    }
    return 2.0 * confusion[c][c] / either;
  }

  /** Images of another shape would be read as something else, or not at all. */
  static void requireFit(Network network, Dataset data, Loss loss) {
    if (!data.shape().equals(network.inputShape())) {
      throw new IllegalArgumentException(
          "the network takes images " + network.inputShape() + ", not " + data.shape());
    }
    int outputs = network.outputShape().size();
    if (data.targetSize() > 0 && data.targetSize() != outputs) {
      throw new IllegalArgumentException(
          ("the network has " + outputs + (outputs == 1 ? " output" : " outputs"))
              + (", but the images have " + data.targetSize() + " target values"));
    }
    if (data.classes() > loss.classes(network.outputShape())) {
      throw new IllegalArgumentException(
          ("the network has " + outputs + (outputs == 1 ? " output" : " outputs"))
              + (", too few for " + data.classes() + " classes"));
    }
  }

  /** Keeps a pass and its buffers, so that evaluating after every epoch allocates them once. */
  static final class Evaluator {
    private final Network.Pass pass;
    private final Dataset data;
    private final Batches batches;
    private final int prefetch;
    private final Loss.Pass loss;
    private final Shape output;
    private final int classes;
    private final float threshold;
    private final List<Metric> metrics;
    private final int[] order;
    private final Targets targets;

    Evaluator(
        Network network,
        Dataset data,
        Loss loss,
        Transform transform,
        WorkerTeam team,
        List<Metric> metrics,
        int prefetch) {
      requireFit(network, data, loss);
      pass = network.inferencePass(BATCH, team);
      output = network.outputShape();
      classes = loss.classes(output);
      threshold = loss.threshold();
      this.loss = loss.newPass(output, BATCH);
      this.metrics = metrics;
      targets = new Targets(BATCH, output.size());
      this.data = data;
      batches = new Batches(team, network.preparation().after(transform), 0);
      batches.requireFit(data);
      this.prefetch = prefetch;
      order = new int[data.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      newCounters(); // refuses a metric before a training begins
    }

    private boolean labelled() {
      return data.targetSize() == 0;
    }

    private Map<String, Metric.Counter> newCounters() {
      Map<String, Metric.Counter> counters = new LinkedHashMap<>();
      for (Metric metric : metrics) {
        Metric.Counter counter = metric.newCounter(output, labelled());
        if (counters.put(metric.name(), counter) != null) {
          throw new IllegalArgumentException("there are two metrics '" + metric.name() + "'");
        }
      }
      return counters;
    }

    Evaluation evaluate() {
      pass.freezeParameters(); // until the next call
      batches.prefetch(data, order, 0, BATCH, prefetch);
      try {
        return evaluateBatches();
      } finally {
        batches.endPrefetch();
      }
    }

    private Evaluation evaluateBatches() {
      Map<String, Metric.Counter> counters = newCounters();
      int outputs = output.size();
      long[][] confusion = labelled() ? new long[classes][classes] : new long[0][];
      double sum = 0;
      long overflowed = 0;
      for (int from = 0; from < order.length; from += BATCH) {
        int batch = Math.min(BATCH, order.length - from);
        batches.copy(data, order, from, batch, pass.input(), targets);
        Tensor y = pass.forward(batch);
        sum += loss.forward(batch, y, targets);
        counters.values().forEach(counter -> counter.add(batch, y, targets));
        for (int i = 0; i < batch; i++) {
          if (labelled()) {
            confusion[targets.labels()[i]][predicted(y, y.offset + i * outputs)]++;
          }
          overflowed += isFinite(y, y.offset + i * outputs) ? 0 : 1;
        }
      }
      Map<String, Double> figures = new LinkedHashMap<>();
      counters.forEach((name, counter) -> figures.put(name, counter.value()));
      return new Evaluation(
          sum / order.length,
          order.length,
          confusion,
          overflowed,
          Collections.unmodifiableMap(figures));
    }

    private int predicted(Tensor y, int from) {
      if (output.size() == 1) {
        return y.data[from] > threshold ? classes - 1 : 0;
      }
      int best = 0;
      for (int c = 1; c < output.size(); c++) {
        if (y.data[from + c] > y.data[from + best]) {
          best = c;
        }
      }
      return best;
    }

    private boolean isFinite(Tensor y, int from) {
      for (int c = 0; c < output.size(); c++) {
        if (!Float.isFinite(y.data[from + c])) {
          return false;
        }
      }
      return true;
    }
  }
}
