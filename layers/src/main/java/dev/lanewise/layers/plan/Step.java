// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * One thing that a pass does.
 *
 * @param kind what
 * @param node the layer; for {@link Kind#SUM} the one that made the gradient to be added
 * @param x the inputs of the layer; for {@link Kind#SUM} what is added
 * @param y the output of the layer; for {@link Kind#SUM} what it is added to
 * @param dy the gradient with respect to y; {@code null} in a forward step or a sum
 * @param dx the gradients with respect to x, {@code null} where nobody needs it; empty in a forward
 *     step or a sum
 */
public record Step(Kind kind, Node node, List<Value> x, Value y, Value dy, List<Value> dx) {
  /** What a step does. */
  public enum Kind {
    /** y from x. */
    FORWARD,
    /** Gradients of the parameters and dx, from dy. */
    BACKWARD,
    /** dx alone. */
    BACKWARD_DATA,
    /** Gradients of the parameters alone. */
    BACKWARD_PARAMETERS,
    /** Of a slice of a batch: its part of the gradients of the parameters, and dx. */
    BACKWARD_SLICE,
    /** {@code y += x}: a further part of the gradient of a value that has several consumers. */
    SUM
  }

  static Step forward(Node node, List<Value> x, Value y) {
    return new Step(Kind.FORWARD, node, List.copyOf(x), y, null, List.of());
  }

  static Step sum(Node node, Value part, Value sum) {
    return new Step(Kind.SUM, node, List.of(part), sum, null, List.of());
  }

  Step kind(Kind kind) {
    return new Step(kind, node, x, y, dy, kind == Kind.BACKWARD_PARAMETERS ? List.of() : dx);
  }

  Step x(Value x) {
    return new Step(kind, node, List.of(x), y, dy, dx);
  }

  Step y(Value y) {
    return new Step(kind, node, x, y, dy, dx);
  }

  Step dx(Value dx) {
    List<Value> list = new ArrayList<>();
    list.add(dx); // may be null
    return new Step(kind, node, x, y, dy, list);
  }

  /** Whether this is part of the way back. */
  public boolean backward() {
    return kind != Kind.FORWARD;
  }

  /** Whether this adds to gradients of parameters. */
  boolean givesGradients() {
    return switch (kind) {
      case BACKWARD, BACKWARD_PARAMETERS, BACKWARD_SLICE -> true;
      case FORWARD, BACKWARD_DATA, SUM -> false;
    };
  }

  /** Whether the gradient of an input is wanted. Asked in every training step: without a stream. */
  boolean wantsData() {
    for (int i = 0; i < dx.size(); i++) {
      if (dx.get(i) != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * The values whose elements decide what the step gives.
   *
   * @param mode of the pass
   * @param gated whether the layer does the gradient of a ReLU before it
   */
  List<Value> reads(Mode mode, boolean gated) {
    List<Value> reads = new ArrayList<>();
    if (kind == Kind.SUM) {
      reads.addAll(x);
      reads.add(y);
      return reads;
    }
    Set<Trait> traits = node.traits(mode);
    if (kind == Kind.FORWARD) {
      reads.addAll(x);
      return reads;
    }
    reads.add(dy);
    boolean ignoresX = traits.contains(Trait.IGNORES_X) || traits.contains(Trait.IN_PLACE);
    if (gated || !ignoresX) {
      reads.addAll(x);
    }
    if (!traits.contains(Trait.IGNORES_Y)) {
      reads.add(y);
    }
    return reads;
  }

  /** The values that the step gives. */
  List<Value> writes() {
    return kind == Kind.FORWARD || kind == Kind.SUM
        ? List.of(y)
        : dx.stream().filter(Objects::nonNull).toList();
  }

  /** Such as {@code forward 0: x -> y0}. */
  @Override
  public String toString() {
    return switch (kind) {
      case FORWARD -> "forward " + node.name() + ": " + x + " -> " + y;
      case SUM -> "sum " + y + " += " + x.getFirst();
      default ->
          kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
              + " "
              + node.name()
              + ": "
              + dy
              + " -> "
              + dx;
    };
  }
}
