// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Tensor;
import java.util.List;
import java.util.Map;

/** Gives steps the passes and tensors that they run on. */
final class Binder {
  private final Places places;
  private final Map<Node, Pass> passes;
  private final Elementwise elementwise;

  Binder(Places places, Map<Node, Pass> passes, WorkerTeam team) {
    this.places = places;
    this.passes = passes;
    elementwise = new Elementwise(team);
  }

  /** On some images; with the memory of a worker if there is one, -1 for none. */
  Call[] calls(List<Step> steps, int first, int images, int worker) {
    return steps.stream().map(step -> call(step, first, images, worker)).toArray(Call[]::new);
  }

  private Call call(Step step, int first, int images, int worker) {
    return new Call(
        step,
        passes.get(step.node()),
        elementwise,
        tensors(step.x(), first, images, worker),
        places.images(step.y(), first, images, worker),
        places.images(step.dy(), first, images, worker),
        tensors(step.dx(), first, images, worker));
  }

  private Tensor[] tensors(List<Value> values, int first, int images, int worker) {
    return values.stream()
        .map(value -> places.images(value, first, images, worker))
        .toArray(Tensor[]::new);
  }
}
