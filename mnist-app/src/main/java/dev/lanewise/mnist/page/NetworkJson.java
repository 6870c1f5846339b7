// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import java.util.List;

/** Describes a network for the page: its layers with shapes, parameters and work. */
final class NetworkJson {
  private NetworkJson() {}

  static ObjectNode of(Network network) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode names = json.putArray("classes");
    List<String> given = network.preparation().classNames();
    for (int i = 0; i < network.outputShape().size(); i++) {
      names.add(given.isEmpty() ? Integer.toString(i) : given.get(i));
    }
    ArrayNode nodes = json.putArray("nodes");
    add(nodes, network.graph().input());
    long parameters = 0;
    for (Node node : network.nodes()) {
      add(nodes, node);
    }
    for (Parameter parameter : network.parameters().values()) {
      parameters += parameter.value().size();
    }
    return json.put("parameters", parameters);
  }

  private static void add(ArrayNode nodes, Node node) {
    ObjectNode json = nodes.addObject();
    json.put("name", node.name());
    shape(json.putArray("shape"), node.shape());
    json.put("shown", Maps.shown(node.shape()));
    ArrayNode inputs = json.putArray("inputs");
    node.inputs().forEach(from -> inputs.add(from.name()));
    ArrayNode parameters = json.putArray("parameters");
    if (node.layer() == null) {
      json.put("kind", "input").put("text", "image").put("multiplyAdds", 0);
      return;
    }
    json.put("kind", node.layer().description().kind());
    json.put("text", node.layer().description().toString());
    json.put("multiplyAdds", node.layer().multiplyAdds(node.in()));
    shape(json.putArray("map"), node.in().map());
    for (Parameter parameter : node.parameters()) {
      ObjectNode each = parameters.addObject();
      each.put("name", parameter.name()).put("size", parameter.value().size());
      ArrayNode dims = each.putArray("dims");
      for (int dim : parameter.value().dims()) {
        dims.add(dim);
      }
    }
  }

  private static void shape(ArrayNode array, Shape shape) {
    array.add(shape.height()).add(shape.width()).add(shape.channels());
  }
}
