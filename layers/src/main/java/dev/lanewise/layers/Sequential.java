package dev.lanewise.layers;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;
import java.util.List;

/**
 * Blocks one after the other, called 0, 1, 2 and so on. Without any it hands on its input.
 *
 * @param blocks from the first to the last
 */
public record Sequential(List<Block> blocks) implements Block {
  /**
   * Takes over the list.
   *
   * @param blocks from the first to the last
   */
  public Sequential {
    blocks = List.copyOf(blocks);
  }

  /**
   * Chains blocks.
   *
   * @param blocks from the first to the last
   */
  public Sequential(Block... blocks) {
    this(List.of(blocks));
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    Node x = One.of("a sequence", inputs);
    for (int i = 0; i < blocks.size(); i++) {
      x = graph.add(Integer.toString(i), blocks.get(i), x);
    }
    return x;
  }
}
