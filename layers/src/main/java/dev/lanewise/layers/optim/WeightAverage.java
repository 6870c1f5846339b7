// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The average that {@link Averaging} describes, as a graph of its own: {@code new Network(graph())}
 * can be validated, saved or asked to predict like any other network. Not thread-safe. An update
 * allocates nothing.
 */
public final class WeightAverage {
  private static final String PREFIX = "average.";

  private final Averaging averaging;
  private final Graph graph;
  private final List<Pair> pairs = new ArrayList<>();
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final StepCounter updates = new StepCounter();
  private final Elementwise elementwise;
  private final Elementwise.Range blend = this::blend;

  // The running call.
  private Pair running;
  private float gain;

  /** A tensor and its average; both begin at the start of their arrays. */
  private record Pair(Tensor from, Tensor average, boolean copied) {}

  /**
   * Prepares an average; nothing has been averaged yet.
   *
   * @param averaging what kind of average
   * @param live whose weights are averaged
   * @param team the threads to use; not closed
   */
  public WeightAverage(Averaging averaging, Graph live, WorkerTeam team) {
    this.averaging = averaging;
    graph = live.copy();
    elementwise = new Elementwise(team);
    state.put(PREFIX + "updates", updates.tensor());
    Map<String, Parameter> parameters = graph.parameters();
    Map<String, StoredTensor> stored = graph.state();
    live.state()
        .forEach(
            (name, tensor) -> {
              boolean averaged =
                  parameters.containsKey(name) || (averaging.buffers() && !tensor.whole());
              Tensor average = stored.get(name).value();
              pairs.add(new Pair(tensor.value(), average, !averaged));
              state.put(PREFIX + name, average);
            });
  }

  /**
   * The averaged weights.
   *
   * @return a graph of the same layers; before the first update, with the weights that the other
   *     one had when this was made
   */
  public Graph graph() {
    return graph;
  }

  /**
   * How many weights have been averaged.
   *
   * @return 0 before the first update
   */
  public long updates() {
    return updates.get();
  }

  /**
   * Takes the present weights into the average, if it is their turn.
   *
   * @param step the number of the step that has made them, counted from 0
   */
  public void update(long step) {
    if (!averaging.takes(step)) {
      return;
    }
    long n = updates();
    gain = averaging.gain(n);
    for (int i = 0; i < pairs.size(); i++) { // an iterator would be garbage
      Pair pair = pairs.get(i);
      if (pair.copied || n == 0) {
        pair.from.copyTo(pair.average, pair.from.size());
      } else {
        running = pair;
        elementwise.run(pair.from.size(), blend);
      }
    }
    running = null;
    updates.increment();
  }

  private void blend(int from, int to) {
    blend(running.from.data, running.average.data, from, to, gain);
  }

  private static void blend(float[] w, float[] average, int from, int to, float gain) {
    for (int i = from; i < to; i++) {
      average[i] += gain * (w[i] - average[i]);
    }
  }

  /**
   * All that later updates depend on.
   *
   * @return the tensors themselves, not copies, by name
   */
  public Map<String, Tensor> state() {
    return state;
  }
}
