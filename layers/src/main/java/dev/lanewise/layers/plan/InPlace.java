// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Trait;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lets layers write where they read, and leaves out those that only change the shape. A value may
 * be overwritten once nothing later reads what lies in its place. The images never are, nor what
 * comes out.
 */
final class InPlace {
  private static final int EVER = Integer.MAX_VALUE;

  private final Plan plan;
  private final List<Step> steps;
  private final Map<Value, Integer> lastRead = new HashMap<>();
  private final Map<Value, Value> storage = new HashMap<>();
  private final Map<Value, Set<Value>> sharers = new HashMap<>(); // by storage
  private final Set<Step> left = new HashSet<>(); // out

  private InPlace(Plan plan) {
    this.plan = plan;
    steps = plan.steps();
    for (int i = 0; i < steps.size(); i++) {
      for (Value value : plan.reads(steps.get(i))) {
        lastRead.put(value, i);
      }
    }
    lastRead.put(plan.output(), EVER);
    lastRead.put(plan.input(), EVER);
  }

  static Plan of(Plan plan) {
    InPlace inPlace = new InPlace(plan);
    for (int i = 0; i < inPlace.steps.size(); i++) {
      inPlace.decide(i, inPlace.steps.get(i));
    }
    return plan.mapSteps(step -> inPlace.left.contains(step) ? null : step)
        .storage(inPlace.storage);
  }

  private void decide(int index, Step step) {
    if (step.kind() == Step.Kind.SUM || step.kind() == Step.Kind.BACKWARD_PARAMETERS) {
      return;
    }
    boolean forward = step.kind() == Step.Kind.FORWARD;
    Value from = forward ? step.x().getFirst() : step.dy();
    Value to = forward ? step.y() : step.dx().getFirst();
    Set<Trait> traits = step.node().traits(plan.mode());
    if (to == null || from == plan.input() || from.shape().size() != to.shape().size()) {
      return;
    }
    if (traits.contains(Trait.RESHAPE)) {
      share(from, to);
      left.add(step);
    } else if (traits.contains(Trait.IN_PLACE)
        && (plan.mode() == Mode.INFERENCE || step.node().parameters().isEmpty())
        && nobodyReadsAfter(index, from)
        && onlyFirst(step)) {
      share(from, to);
    }
  }

  private Value place(Value value) {
    return storage.getOrDefault(value, value);
  }

  private boolean nobodyReadsAfter(int index, Value value) {
    Value place = place(value);
    return sharers.getOrDefault(place, Set.of(place)).stream()
        .allMatch(sharer -> lastRead.getOrDefault(sharer, -1) <= index);
  }

  /** No further input lies where the first one does. */
  private boolean onlyFirst(Step step) {
    return step.x().stream().skip(1).noneMatch(x -> place(x) == place(step.x().getFirst()));
  }

  private void share(Value from, Value to) {
    Value place = place(from);
    storage.put(to, place);
    sharers.computeIfAbsent(place, p -> new HashSet<>(Set.of(p))).add(to);
  }
}
