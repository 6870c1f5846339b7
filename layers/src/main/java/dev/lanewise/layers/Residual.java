// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;

/**
 * {@code y = branch(x) + shortcut(x)} (He, Zhang, Ren and Sun, "Deep residual learning for image
 * recognition", 2015). The blocks are called {@code branch} and {@code shortcut}.
 *
 * @param branch the long way
 * @param shortcut the short way, whose output has the shape of the branch's
 */
public record Residual(Block branch, Block shortcut) implements Block {
  /**
   * A residual block whose shortcut is the input itself.
   *
   * @param branch the long way; its output has the shape of its input
   */
  public Residual(Block branch) {
    this(branch, new Sequential());
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    Node x = One.of("a residual block", inputs);
    Node y = graph.add("branch", branch, x);
    return graph.add("add", new Add(), y, graph.add("shortcut", shortcut, x));
  }
}
