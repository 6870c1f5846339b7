// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.List;

/**
 * What comes into a layer.
 *
 * @param shapes the shape of one image of each input
 * @param map of the first input: if it is a flattened feature map, or made from one element by
 *     element, that map; otherwise its shape. Files order the weights of what follows by it
 */
public record Inputs(List<Shape> shapes, Shape map) {
  /**
   * Takes over the shapes.
   *
   * @param shapes of one image of each input
   * @param map see above
   */
  public Inputs {
    shapes = List.copyOf(shapes);
  }

  /**
   * The inputs of a layer that stands for itself.
   *
   * @param shapes of one image of each input
   * @return the inputs
   */
  public static Inputs of(Shape... shapes) {
    return new Inputs(List.of(shapes), shapes[0]);
  }

  /**
   * The first input, for a layer that has no other.
   *
   * @return the shape of one image
   */
  public Shape shape() {
    return shapes.getFirst();
  }
}
