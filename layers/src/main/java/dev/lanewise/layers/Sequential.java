// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Blocks one after the other. They are called 0, 1, 2 and so on, or by names of your own as in
 * PyTorch's {@code nn.Sequential(OrderedDict(...))}. Without any it hands on its input.
 *
 * @param names of the blocks, all different
 * @param blocks from the first to the last
 */
public record Sequential(List<String> names, List<Block> blocks) implements Block {
  /**
   * Takes over the lists.
   *
   * @param names of the blocks, all different
   * @param blocks from the first to the last
   * @throws IllegalArgumentException if there are more of the one than of the other
   */
  public Sequential {
    names = List.copyOf(names);
    blocks = List.copyOf(blocks);
    if (names.size() != blocks.size()) {
      throw new IllegalArgumentException(
          "a sequence of " + blocks.size() + " blocks cannot have " + names.size() + " names");
    }
  }

  /**
   * Chains blocks called 0, 1, 2 and so on.
   *
   * @param blocks from the first to the last
   */
  public Sequential(List<Block> blocks) {
    this(IntStream.range(0, blocks.size()).mapToObj(Integer::toString).toList(), blocks);
  }

  /**
   * Chains blocks called 0, 1, 2 and so on.
   *
   * @param blocks from the first to the last
   */
  public Sequential(Block... blocks) {
    this(List.of(blocks));
  }

  /**
   * This sequence and one more block.
   *
   * @param name what to call it, without a dot; no other block of the sequence may have this name
   * @param block what comes last
   * @return the new sequence
   */
  public Sequential then(String name, Block block) {
    List<String> moreNames = new ArrayList<>(names);
    List<Block> moreBlocks = new ArrayList<>(blocks);
    moreNames.add(name);
    moreBlocks.add(block);
    return new Sequential(moreNames, moreBlocks);
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    Node x = One.of("a sequence", inputs);
    for (int i = 0; i < blocks.size(); i++) {
      x = graph.add(names.get(i), blocks.get(i), x);
    }
    return x;
  }
}
