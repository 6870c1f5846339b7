// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Trait;

/**
 * Leaves out the gradients of layers that are not trained, where the way back leads through them to
 * others that are. Only of layers that treat every image by itself, such as convolutions: they
 * compute dx alone, while others may do so in one with the gradients.
 */
final class Frozen {
  private Frozen() {}

  static Plan of(Plan plan) {
    return plan.mapSteps(step -> isFrozen(plan, step.node()) ? dataAlone(step) : step);
  }

  private static boolean isFrozen(Plan plan, Node node) {
    return !node.parameters().isEmpty()
        && plan.request().frozen().containsAll(node.parameters())
        && node.traits(plan.mode()).contains(Trait.PER_IMAGE);
  }

  private static Step dataAlone(Step step) {
    return switch (step.kind()) {
      case BACKWARD, BACKWARD_SLICE -> step.kind(Step.Kind.BACKWARD_DATA);
      case BACKWARD_PARAMETERS -> null;
      case FORWARD, BACKWARD_DATA, SUM -> step;
    };
  }
}
