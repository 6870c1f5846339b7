// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * All that the tests know of one kind of layer. A new layer needs a case, and the name of the case
 * in {@link LayerCases}.
 */
public interface LayerCase {
  /** The layer in several configurations, in double precision. */
  List<Oracle> oracles();

  /** More of these, which take seconds. */
  default List<Oracle> slowOracles() {
    return List.of();
  }

  /** More of these, of shapes with so many elements that they are compared, but not derived. */
  default List<Oracle> largeOracles() {
    return List.of();
  }

  /** What layers of this kind say of themselves, with and without every attribute. */
  List<Said> said();

  /**
   * What a layer says of itself.
   *
   * @param layer the layer
   * @param text its description
   * @param traits for a training; for an inference, too, unless the case says otherwise
   * @param output the shape that it makes of the inputs
   * @param inputs the shapes of one image of each
   */
  record Said(Layer layer, String text, Set<Trait> traits, Shape output, Shape... inputs) {
    @Override
    public String toString() {
      return text + " of " + Arrays.toString(inputs);
    }
  }

  /** The traits that a layer has in an inference. */
  default Set<Trait> inferenceTraits(Said said) {
    return said.traits;
  }

  /** The first word of its lines in {@code pytorch_cases.py}; empty if it is not known there. */
  default String pytorchWord() {
    return "";
  }

  /**
   * The layer of such a line.
   *
   * @param words the line
   */
  default Layer ofPyTorch(String... words) {
    throw new UnsupportedOperationException();
  }

  /**
   * A small network with this layer, to be trained on gray images of at least 9x9 pixels and four
   * classes, so that its bits are compared between JVMs. Empty for a layer that is in another such
   * network, or in those of {@link dev.lanewise.layers.models.Models}.
   */
  default List<Block> trained() {
    return List.of();
  }
}
