// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The steps of a pass, in order, and where its values lie. Immutable: an optimisation gives a new
 * plan. Every plan of a request gives the same bits.
 *
 * @param request what the plan is for
 * @param groups all steps: those forward, then those backward
 * @param fused what layers do for their neighbours; others do nothing
 * @param storage which values lie in the place of another: value to the first that lay there
 * @param arena the places; {@code null} for an array of its own for each storage
 */
public record Plan(
    Request request,
    List<Group> groups,
    Map<Node, Fused> fused,
    Map<Value, Value> storage,
    Arena arena) {

  /**
   * What a plan is for.
   *
   * @param graph the layers
   * @param mode what the pass is for
   * @param maxBatch the largest batch
   * @param threads how many there are
   * @param input the images
   * @param output what comes out
   * @param outputGradient its gradient; {@code null} for an inference
   * @param frozen parameters whose gradients nobody needs
   */
  public record Request(
      Graph graph,
      Mode mode,
      int maxBatch,
      int threads,
      Value input,
      Value output,
      Value outputGradient,
      Set<Parameter> frozen) {}

  /**
   * What a layer does for its neighbours.
   *
   * @param epilogue a ReLU after it, or before it altogether
   * @param gated the gradient of a ReLU before it
   * @param scale a layer after it, before the epilogue, that scales channels; {@code null} for none
   * @param map a layer after all of these, a function of each element; {@code null} for none
   */
  public record Fused(Epilogue epilogue, boolean gated, Node scale, Node map) {
    static final Fused NOTHING = new Fused(Epilogue.NONE, false, null);

    /**
     * What a layer does without a function of each element.
     *
     * @param epilogue a ReLU after it, or before it altogether
     * @param gated the gradient of a ReLU before it
     * @param scale a layer after it that scales channels; {@code null} for none
     */
    public Fused(Epilogue epilogue, boolean gated, Node scale) {
      this(epilogue, gated, scale, null);
    }

    Fused relu() {
      return new Fused(Epilogue.RELU, gated, scale, map);
    }

    Fused gate() {
      return new Fused(epilogue, true, scale, map);
    }

    /** And what that layer does for its own neighbours. */
    Fused scale(Node layer, Fused its) {
      return new Fused(its.epilogue, gated, layer, map);
    }

    Fused map(Node layer) {
      return new Fused(epilogue, gated, scale, layer);
    }
  }

  /**
   * Where storages lie.
   *
   * @param places of storages
   * @param wholeFloats of activations and gradients that are there for the whole batch
   * @param workerFloats of those that each worker has for a slice
   */
  public record Arena(
      Map<Value, Place> places,
      Map<Value.Role, Long> wholeFloats,
      Map<Value.Role, Long> workerFloats) {}

  /**
   * A place in one of the arrays.
   *
   * @param worker whether each worker has one, for a slice
   * @param slot which of the places it shares with values that live at other times
   * @param at its first element
   */
  public record Place(boolean worker, int slot, long at) {}

  /** The layers. */
  public Graph graph() {
    return request.graph();
  }

  /** What the pass is for. */
  public Mode mode() {
    return request.mode();
  }

  /** The largest batch. */
  public int maxBatch() {
    return request.maxBatch();
  }

  /** How many threads there are. */
  public int threads() {
    return request.threads();
  }

  /** The images. */
  public Value input() {
    return request.input();
  }

  /** What comes out. */
  public Value output() {
    return request.output();
  }

  /** The gradient of what comes out; {@code null} for an inference. */
  public Value outputGradient() {
    return request.outputGradient();
  }

  /** All steps in order. */
  public List<Step> steps() {
    return groups.stream().flatMap(group -> group.steps().stream()).toList();
  }

  /** What a layer does for its neighbours. */
  public Fused fused(Node node) {
    return fused.getOrDefault(node, Fused.NOTHING);
  }

  /** The value whose place a value has. */
  public Value storage(Value value) {
    return storage.getOrDefault(value, value);
  }

  List<Value> reads(Step step) {
    return step.reads(mode(), fused(step.node()).gated());
  }

  Plan groups(List<Group> groups) {
    return new Plan(request, List.copyOf(groups), fused, storage, arena);
  }

  /** The same plan with other steps; {@code null} for one that falls away. Groups are kept. */
  Plan mapSteps(UnaryOperator<Step> change) {
    List<Group> changed = new ArrayList<>();
    for (Group group : groups) {
      List<Step> steps = new ArrayList<>();
      for (Step step : group.steps()) {
        Step now = change.apply(step);
        if (now != null) {
          steps.add(now);
        }
      }
      if (!steps.isEmpty()) {
        changed.add(new Group(group.section(), List.copyOf(steps)));
      }
    }
    return groups(changed);
  }

  Plan fused(Map<Node, Fused> fused) {
    return new Plan(request, groups, Map.copyOf(fused), storage, arena);
  }

  Plan storage(Map<Value, Value> storage) {
    return new Plan(request, groups, fused, Map.copyOf(storage), arena);
  }

  Plan arena(Arena arena) {
    return new Plan(request, groups, fused, storage, arena);
  }
}
