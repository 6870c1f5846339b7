// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;
import java.util.List;

/**
 * Several branches of one input, their outputs side by side in the channels. The branches are
 * called 0, 1, 2 and so on.
 *
 * @param branches whose outputs have the same height and width
 */
public record Concat(List<Block> branches) implements Block {
  /**
   * Takes over the list.
   *
   * @param branches in the order of the channels
   * @throws IllegalArgumentException if there is none
   */
  public Concat {
    branches = List.copyOf(branches);
    if (branches.isEmpty()) {
      throw new IllegalArgumentException("a concatenation needs at least one branch");
    }
  }

  /**
   * Puts branches side by side.
   *
   * @param branches in the order of the channels
   */
  public Concat(Block... branches) {
    this(List.of(branches));
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    Node x = One.of("a concatenation", inputs);
    Node[] outputs = new Node[branches.size()];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = graph.add(Integer.toString(i), branches.get(i), x);
    }
    return graph.add("concat", new Concatenate(), outputs);
  }
}
