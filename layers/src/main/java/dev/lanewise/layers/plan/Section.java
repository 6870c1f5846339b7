// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Node;
import java.util.List;

/**
 * Consecutive layers whose steps are divided among the threads by images. Two sections are equal if
 * they are one.
 */
public final class Section {
  private final List<Node> nodes;
  private final int images;
  private final boolean byParts;

  /**
   * @param nodes the layers
   * @param images of a slice, at most
   * @param byParts whether a thread takes the slices of a part of the batch on the way back, in
   *     order
   */
  Section(List<Node> nodes, int images, boolean byParts) {
    this.nodes = List.copyOf(nodes);
    this.images = images;
    this.byParts = byParts;
  }

  List<Node> nodes() {
    return nodes;
  }

  int images() {
    return images;
  }

  boolean byParts() {
    return byParts;
  }
}
