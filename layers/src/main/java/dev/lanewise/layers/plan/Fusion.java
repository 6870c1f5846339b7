// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.plan.Plan.Fused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Leaves activation functions and scales to their neighbours, which do their work while the data is
 * in the cache or has not been written yet. The only place that knows which layers go together, and
 * it knows them by their {@linkplain Trait traits} alone.
 *
 * <ul>
 *   <li>A consumer after may take the ReLU over altogether, such as a pooling: {@code max(pool(x),
 *       0) = pool(max(x, 0))}.
 *   <li>Otherwise the layer in front may end with it, on the way forward, and the layer after may
 *       end with its gradient, on the way back.
 *   <li>In an inference a convolution ends with the batch normalisation after it, and that one's
 *       ReLU: the same operations in the same order, so the bits are the same.
 *   <li>There it ends with another activation function, too.
 * </ul>
 */
final class Fusion {
  private final Map<Node, Fused> fused = new HashMap<>();
  private Plan plan;

  private Fusion(Plan plan) {
    this.plan = plan;
  }

  /** Fuses all ReLUs of a plan of whole batches, then all scales, then functions of elements. */
  static Plan of(Plan plan) {
    Fusion fusion = new Fusion(plan);
    for (Node node : plan.graph().nodes()) {
      if (node.traits(plan.mode()).contains(Trait.RELU)) {
        fusion.fuse(node);
      }
    }
    for (Node node : plan.graph().nodes()) {
      if (plan.mode() == Mode.INFERENCE
          && node.traits(plan.mode()).contains(Trait.SCALES_CHANNELS)) {
        fusion.fuseScale(node);
      }
    }
    for (Node node : plan.graph().nodes()) {
      if (plan.mode() == Mode.INFERENCE && node.traits(plan.mode()).contains(Trait.MAPS_ELEMENTS)) {
        fusion.fuseMap(node);
      }
    }
    return fusion.plan.fused(fusion.fused);
  }

  private void fuse(Node relu) {
    Step step = step(relu, Step.Kind.FORWARD);
    Step back = step(relu, Step.Kind.BACKWARD); // null: nobody needs it
    Value x = step.x().getFirst();
    Value y = step.y();
    Node after = onlyReader(y);
    Value dx = back == null ? null : back.dx().getFirst();
    if (after != null && takesWhole(after)) {
      fused.put(after, fused(after).relu());
      replace(after, Step.Kind.FORWARD, s -> s.x(x));
      replace(after, Step.Kind.BACKWARD, s -> s.x(x).dx(dx));
      replace(relu, Step.Kind.FORWARD, s -> null);
      replace(relu, Step.Kind.BACKWARD, s -> null);
      return;
    }
    if (dx != null && after != null && has(after, Trait.FUSES_GATE)) {
      fused.put(after, fused(after).gate());
      replace(after, Step.Kind.BACKWARD, s -> s.dx(dx));
      replace(relu, Step.Kind.BACKWARD, s -> null);
    }
    Node before = relu.inputs().getFirst();
    if (onlyReader(x) == relu && endsWith(before)) {
      fused.put(before, fused(before).relu());
      replace(before, Step.Kind.FORWARD, s -> s.y(y));
      replace(before, Step.Kind.BACKWARD, s -> s.y(y));
      replace(relu, Step.Kind.FORWARD, s -> null);
      replace(relu, Step.Kind.BACKWARD, s -> s.x(y));
    }
  }

  private void fuseScale(Node scale) {
    Step step = step(scale, Step.Kind.FORWARD);
    Node before = scale.inputs().getFirst();
    if (onlyReader(step.x().getFirst()) == scale
        && has(before, Trait.FUSES_SCALE_AFTER)
        && fused(before).epilogue() == Epilogue.NONE
        && fused(before).scale() == null) {
      fused.put(before, fused(before).scale(scale, fused(scale)));
      replace(before, Step.Kind.FORWARD, s -> s.y(step.y()));
      replace(scale, Step.Kind.FORWARD, s -> null);
    }
  }

  private void fuseMap(Node map) {
    Step step = step(map, Step.Kind.FORWARD);
    Node before = layerOf(step.x().getFirst());
    if (before != null
        && onlyReader(step.x().getFirst()) == map
        && has(before, Trait.FUSES_MAP_AFTER)
        && fused(before).epilogue() == Epilogue.NONE
        && fused(before).map() == null) {
      fused.put(before, fused(before).map(map));
      replace(before, Step.Kind.FORWARD, s -> s.y(step.y()));
      replace(map, Step.Kind.FORWARD, s -> null);
    }
  }

  /** The layer that makes a value, perhaps on behalf of others; {@code null} for the images. */
  private Node layerOf(Value value) {
    return plan.steps().stream()
        .filter(step -> step.kind() == Step.Kind.FORWARD && step.y() == value)
        .findFirst()
        .map(Step::node)
        .orElse(null);
  }

  private boolean takesWhole(Node after) {
    return has(after, Trait.FUSES_RELU_BEFORE) && fused(after).epilogue() == Epilogue.NONE;
  }

  /** What a layer made before its ReLU is nowhere to be found when it goes back. */
  private boolean endsWith(Node before) {
    return has(before, Trait.FUSES_RELU_AFTER)
        && has(before, Trait.IGNORES_Y)
        && fused(before).epilogue() == Epilogue.NONE;
  }

  private boolean has(Node node, Trait trait) {
    return node.traits(plan.mode()).contains(trait);
  }

  private Fused fused(Node node) {
    return fused.getOrDefault(node, Fused.NOTHING);
  }

  private Step step(Node node, Step.Kind kind) {
    return plan.steps().stream()
        .filter(step -> step.node() == node && step.kind() == kind)
        .findFirst()
        .orElse(null);
  }

  private void replace(Node node, Step.Kind kind, UnaryOperator<Step> change) {
    plan = plan.mapSteps(s -> s.node() == node && s.kind() == kind ? change.apply(s) : s);
  }

  /** The one layer that reads a value, once; {@code null} if there are others, or the caller. */
  private Node onlyReader(Value value) {
    List<Node> readers = new ArrayList<>();
    for (Step step : plan.steps()) {
      for (Value x : step.kind() == Step.Kind.FORWARD ? step.x() : List.<Value>of()) {
        if (x == value) {
          readers.add(step.node());
        }
      }
    }
    return readers.size() == 1 && value != plan.output() ? readers.getFirst() : null;
  }
}
