// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs the rule of an optimizer over the elements of all parameters, divided among a team, and
 * keeps what the rule remembers of each element.
 *
 * <p>The rule sees all arrays at one index, which C2 needs to make vectors of it: it does not know
 * that two places of arrays that may be the same are apart. A parameter that begins elsewhere in
 * its array is copied there and back.
 */
final class ElementLoop {
  /** Updates elements that do not see one another. */
  @FunctionalInterface
  interface Rule {
    /**
     * Updates the elements {@code from} to {@code to - 1} of one parameter.
     *
     * @param value its elements, to be changed
     * @param grad their gradients
     * @param slots what is remembered of them, an array for each name, to be changed
     */
    void update(int from, int to, float[] value, float[] grad, float[][] slots);
  }

  private final Rule rule;
  private final Elementwise elementwise;
  private final Elementwise.Range range = this::range;
  private final Item[] items; // an array, since iterating a map allocates
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private Item running;

  /** A parameter and what is remembered of it. */
  private record Item(Tensor value, Tensor grad, Tensor values, Tensor grads, float[][] slots) {}

  /**
   * @param parameters what to update, by name
   * @param rule the update
   * @param slots names of what the rule remembers of each element; 0 at first
   */
  ElementLoop(Map<String, Parameter> parameters, WorkerTeam team, Rule rule, String... slots) {
    this.rule = rule;
    elementwise = new Elementwise(team);
    items = new Item[parameters.size()];
    int i = 0;
    for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
      Parameter parameter = entry.getValue();
      float[][] arrays = new float[slots.length][];
      for (int s = 0; s < slots.length; s++) {
        Tensor slot = Tensor.zeros(parameter.value().dims());
        arrays[s] = slot.data;
        state.put(slots[s] + "." + entry.getKey(), slot);
      }
      items[i++] =
          new Item(
              parameter.value(),
              parameter.grad(),
              fromTheStart(parameter.value()),
              fromTheStart(parameter.grad()),
              arrays);
    }
  }

  private static Tensor fromTheStart(Tensor tensor) {
    return tensor.offset == 0 ? tensor : Tensor.zeros(tensor.dims());
  }

  /** What the rule remembers, by the names of slot and parameter. */
  Map<String, Tensor> state() {
    return state;
  }

  /** Updates all parameters. */
  void run() {
    for (Item item : items) {
      running = item;
      elementwise.run(item.value.size(), range);
    }
    running = null;
  }

  private void range(int from, int to) {
    Item item = running;
    copy(item.value, item.values, from, to);
    copy(item.grad, item.grads, from, to);
    rule.update(from, to, item.values.data, item.grads.data, item.slots);
    copy(item.values, item.value, from, to);
  }

  private static void copy(Tensor source, Tensor target, int from, int to) {
    if (source != target) {
      System.arraycopy(
          source.data, source.offset + from, target.data, target.offset + from, to - from);
    }
  }
}
