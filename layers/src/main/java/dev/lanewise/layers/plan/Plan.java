package dev.lanewise.layers.plan;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The steps of a pass, in order, and where its values lie. Immutable: an optimisation gives a new
 * plan. Every plan of a graph gives the same bits.
 *
 * @param graph the layers
 * @param mode what the pass is for
 * @param maxBatch the largest batch
 * @param threads how many there are
 * @param input the images
 * @param output what comes out
 * @param outputGradient its gradient; {@code null} for an inference
 * @param groups all steps: those forward, then those backward
 * @param fused what layers do for their neighbours; others do nothing
 * @param storage which values lie in the place of another: value to the first that lay there
 * @param memory the places; {@code null} for an array of its own for each storage
 */
public record Plan(
    Graph graph,
    Mode mode,
    int maxBatch,
    int threads,
    Value input,
    Value output,
    Value outputGradient,
    List<Group> groups,
    Map<Node, Fused> fused,
    Map<Value, Value> storage,
    Layout memory) {

  /**
   * What a layer does for its neighbours.
   *
   * @param epilogue a ReLU after it, or before it altogether
   * @param gated the gradient of a ReLU before it
   */
  public record Fused(Epilogue epilogue, boolean gated) {
    static final Fused NOTHING = new Fused(Epilogue.NONE, false);
  }

  /**
   * Where storages lie.
   *
   * @param places of storages
   * @param wholeFloats of activations and gradients that are there for the whole batch
   * @param workerFloats of those that each worker has for a slice
   */
  public record Layout(
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
    return step.reads(mode, fused(step.node()).gated());
  }

  Plan groups(List<Group> groups) {
    return new Plan(
        graph,
        mode,
        maxBatch,
        threads,
        input,
        output,
        outputGradient,
        List.copyOf(groups),
        fused,
        storage,
        memory);
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
    return new Plan(
        graph,
        mode,
        maxBatch,
        threads,
        input,
        output,
        outputGradient,
        groups,
        new LinkedHashMap<>(fused),
        storage,
        memory);
  }

  Plan storage(Map<Value, Value> storage) {
    return new Plan(
        graph,
        mode,
        maxBatch,
        threads,
        input,
        output,
        outputGradient,
        groups,
        fused,
        new LinkedHashMap<>(storage),
        memory);
  }

  Plan memory(Layout memory) {
    return new Plan(
        graph,
        mode,
        maxBatch,
        threads,
        input,
        output,
        outputGradient,
        groups,
        fused,
        storage,
        memory);
  }
}
