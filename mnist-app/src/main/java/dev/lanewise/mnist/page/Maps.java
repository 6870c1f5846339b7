// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/**
 * Feature maps on their way to the page: channel by channel, {@code [C, H, W]}. Of layers with very
 * many values only the first channels go, so that a stroke stays light.
 */
final class Maps {
  /** Values of one layer: 64 maps of 64x64 are about what a person can look at. */
  private static final int MOST_VALUES = 1 << 18;

  private static final int MOST_MAPS = 256;

  private Maps() {}

  /** How many channels of a layer the page sees. */
  static int shown(Shape shape) {
    int pixels = shape.height() * shape.width();
    return Math.clamp(MOST_VALUES / pixels, 1, pixels == 1 ? shape.channels() : limit(shape));
  }

  private static int limit(Shape shape) {
    return Math.min(shape.channels(), MOST_MAPS);
  }

  /** Adds the values of a layer to a message, and what is to be known of them to a list. */
  static void add(Message message, ArrayNode list, Node node, Tensor values) {
    Shape shape = node.shape();
    int shown = shown(shape);
    int pixels = shape.height() * shape.width();
    float[] maps = new float[shown * pixels];
    for (int pixel = 0; pixel < pixels; pixel++) {
      int from = values.offset + pixel * shape.channels();
      for (int c = 0; c < shown; c++) {
        maps[c * pixels + pixel] = values.data[from + c];
      }
    }
    ObjectNode map = list.addObject();
    map.put("node", node.name()).put("at", message.add(maps));
    map.put("length", norm(values));
  }

  /** The Euclidean length of all values. */
  static double norm(Tensor values) {
    double sum = 0;
    for (int i = values.offset; i < values.offset + values.size(); i++) {
      sum += (double) values.data[i] * values.data[i];
    }
    return Math.sqrt(sum);
  }
}
