// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.Map;

/**
 * A layer that the network may get. It gets those that lead to the output, so an operator that has
 * been found to be part of something larger simply stays behind.
 */
final class Draft {
  private final Layer layer; // null: the input of the network
  private final List<Draft> inputs;
  private final Shape shape;
  private Map<String, float[]> tensors;
  private final String name;

  /**
   * @param tensors parameters and buffers by their names within the layer, as they lie in memory
   * @param name the name that it should have
   */
  Draft(Layer layer, List<Draft> inputs, Shape shape, Map<String, float[]> tensors, String name) {
    this.layer = layer;
    this.inputs = inputs;
    this.shape = shape;
    this.tensors = tensors;
    this.name = name;
  }

  Layer layer() {
    return layer;
  }

  List<Draft> inputs() {
    return inputs;
  }

  Shape shape() {
    return shape;
  }

  Map<String, float[]> tensors() {
    return tensors;
  }

  /** Forgets the tensors, once the network has them: both would be much to hold. */
  void release() {
    tensors = Map.of();
  }

  String name() {
    return name;
  }

  /** Without what only changes the shape. */
  Draft stripped() {
    Draft draft = this;
    while (draft.layer instanceof Reshape || draft.layer instanceof Flatten) {
      draft = draft.inputs.getFirst();
    }
    return draft;
  }
}
