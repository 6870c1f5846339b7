// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Node;

/** The input of a block that takes one. */
final class One {
  private One() {}

  static Node of(String block, Node... inputs) {
    if (inputs.length != 1) {
      throw new IllegalArgumentException(block + " takes one input, not " + inputs.length);
    }
    return inputs[0];
  }
}
