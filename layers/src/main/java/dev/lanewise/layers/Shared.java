// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;

/**
 * A block whose parameters and buffers are the same wherever this object stands in a network:
 *
 * <pre>{@code
 * Block tower = new Shared(new Conv2d(8, Window.same(3)));
 * new Network(input, tower, new Relu(), tower);
 * }</pre>
 *
 * <p>Files name them once, by the first place. Two objects are two blocks, even of the same layers.
 */
public final class Shared implements Block {
  private final Block block;

  /**
   * Shares the tensors of a block.
   *
   * @param block whose inputs have one shape in all places
   */
  public Shared(Block block) {
    this.block = block;
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    return graph.share(this, block, inputs);
  }

  @Override
  public String toString() {
    return "shared " + block;
  }
}
