// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds the layers that join flattened maps with others, element by element or side by side, where
 * no order of the weights after them makes PyTorch's weights mean the same: PyTorch flattens a map
 * channel by channel, Lanewise pixel by pixel. Such a network is sound, and so are files of its
 * own.
 */
final class JoinedMaps {
  private JoinedMaps() {}

  /**
   * Refuses weights that a network of PyTorch has learned.
   *
   * @param file where they are, for the message
   * @throws DataException if they would mean something else in this network
   */
  static void refuse(Graph graph, Path file) throws DataException {
    for (Node node : graph.nodes()) {
      if (isMixed(node)) {
        throw new DataException(
            file,
            "has weights of another program, which would mean something else here: layer "
                + node
                + " joins flattened maps, which PyTorch has channel by channel; take them by way of"
                + " ONNX, or join the maps before they are flattened");
      }
    }
  }

  private static boolean isMixed(Node node) {
    List<Node> inputs = node.inputs();
    return node.shape().isFlat()
        && inputs.size() > 1
        && inputs.stream().anyMatch(JoinedMaps::hasOrder)
        && !inputs.stream().allMatch(from -> isNumber(from) || from.map().equals(node.map()));
  }

  private static boolean isNumber(Node from) {
    return from.shape().size() == 1;
  }

  /** Whether it is a flattened map whose elements lie in another order in PyTorch. */
  private static boolean hasOrder(Node from) {
    Shape map = from.map();
    return from.shape().isFlat() && map.height() * map.width() > 1 && map.channels() > 1;
  }
}
