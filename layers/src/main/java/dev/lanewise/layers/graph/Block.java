// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/**
 * Something that can be put into a network: a {@link Layer}, or several of them, wired. A block of
 * your own may be a lambda:
 *
 * <pre>{@code
 * Block gate = (graph, in) -> {
 *   Node x = in[0];
 *   Node scale = graph.add("scale", new Dense(8), x);
 *   return graph.add("mul", new Multiply(), x, scale);
 * };
 * }</pre>
 *
 * <p>Blocks are descriptions: immutable, without tensors. One block may stand in several places,
 * each time with parameters of its own.
 */
@FunctionalInterface
public interface Block {
  /**
   * Adds the layers of this block to a graph.
   *
   * @param graph what they are added to, by {@link GraphBuilder#add}
   * @param inputs what goes in
   * @return what comes out
   * @throws IllegalArgumentException if the block does not take these inputs
   */
  Node connect(GraphBuilder graph, Node... inputs);
}
