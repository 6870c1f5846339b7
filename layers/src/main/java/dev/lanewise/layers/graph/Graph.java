// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The layers of a network, with their tensors, in an order in which each comes after its inputs.
 * Immutable but for the values of the tensors.
 */
public final class Graph {
  private final Node input;
  private final List<Node> nodes;
  private final Node output;
  private final Map<String, Parameter> parameters;
  private final Map<String, Tensor> buffers;
  private final Map<String, StoredTensor> state;

  /**
   * @param nodes in order; those that do not lead to the output are left out
   */
  Graph(Node input, List<Node> nodes, Node output) {
    this.input = input;
    this.output = output;
    this.nodes = leadingTo(output, nodes);
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    Map<String, Tensor> buffers = new LinkedHashMap<>();
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    Set<Node> owners = new HashSet<>();
    for (Node node : this.nodes) {
      Node owner = node.owner();
      if (owners.add(owner)) {
        String prefix = owner.name() + ".";
        owner.parameters().forEach(p -> parameters.put(prefix + p.name(), p));
        owner.buffers().forEach((name, buffer) -> buffers.put(prefix + name, buffer));
        owner.state().forEach((name, stored) -> state.put(prefix + name, stored));
      }
    }
    this.parameters = Collections.unmodifiableMap(parameters);
    this.buffers = Collections.unmodifiableMap(buffers);
    this.state = Collections.unmodifiableMap(state);
  }

  private static List<Node> leadingTo(Node output, List<Node> nodes) {
    Set<Node> needed = new HashSet<>(Set.of(output));
    List<Node> kept = new ArrayList<>();
    for (Node node : nodes.reversed()) {
      if (needed.contains(node)) {
        needed.addAll(node.inputs());
        kept.add(node);
      }
    }
    return List.copyOf(kept.reversed());
  }

  /**
   * The part of this graph that leads to one of its layers.
   *
   * @param name the layer
   * @return a graph with the same tensors
   * @throws IllegalArgumentException if there is no layer of that name
   */
  public Graph upTo(String name) {
    return new Graph(input, nodes, node(name));
  }

  /**
   * This graph and a block after its output.
   *
   * @param name the name of the block, without a dot
   * @param block what comes after
   * @return a graph with the same tensors, and those of the block
   * @throws IllegalArgumentException if the block does not take the output, or there is another
   *     layer of this name
   */
  public Graph then(String name, Block block) {
    GraphBuilder builder = new GraphBuilder(this);
    return builder.build(builder.add(name, block, output));
  }

  /**
   * A graph of the same layers, with tensors of its own.
   *
   * @return the copy, its tensors filled with the present values
   */
  public Graph copy() {
    GraphBuilder builder = new GraphBuilder(input.shape());
    Node last = builder.input();
    for (Node node : nodes) {
      List<String> inputs = node.inputs().stream().map(Node::name).toList();
      Node copied = builder.add(node.name(), node.layer(), node.owner().name(), inputs);
      last = node == output ? copied : last;
    }
    Graph copy = builder.build(last);
    state.forEach(
        (name, stored) ->
            stored.value().copyTo(copy.state.get(name).value(), stored.value().size()));
    return copy;
  }

  /**
   * A layer by its name.
   *
   * @param name the full name, such as {@code 3.0}
   * @return the node
   * @throws IllegalArgumentException if there is no layer of that name
   */
  public Node node(String name) {
    return nodes.stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no layer '"
                        + name
                        + "', expected one of "
                        + String.join(", ", nodes.stream().map(Node::name).toList())));
  }

  /**
   * Draws the first values of all parameters, and resets all buffers.
   *
   * @param random each node splits off a stream by its name
   */
  public void initialize(RandomStream random) {
    initialize(random, nodes);
  }

  /**
   * Draws the first values of the parameters of some layers, and resets their buffers.
   *
   * @param random each node splits off a stream by its name
   * @param block the name of a layer, or of a block that has layers
   * @throws IllegalArgumentException if there is none of that name
   */
  public void initialize(RandomStream random, String block) {
    List<Node> within =
        nodes.stream()
            .filter(node -> node.name().equals(block) || node.name().startsWith(block + "."))
            .toList();
    if (within.isEmpty()) {
      node(block);
    }
    initialize(random, within);
  }

  private static void initialize(RandomStream random, List<Node> nodes) {
    for (Node node : nodes) {
      if (node.owner() == node) {
        node.initialize(node.stream(random));
      }
    }
  }

  /**
   * Where the images come in.
   *
   * @return the input
   */
  public Node input() {
    return input;
  }

  /**
   * The layers.
   *
   * @return each after its inputs; unmodifiable, without the input of the network
   */
  public List<Node> nodes() {
    return nodes;
  }

  /**
   * What comes out.
   *
   * @return the last of the layers, or the input of a graph without any
   */
  public Node output() {
    return output;
  }

  /**
   * The trained tensors, by full names such as {@code 0.weight}; shared ones once.
   *
   * @return in the order of the layers; unmodifiable
   */
  public Map<String, Parameter> parameters() {
    return parameters;
  }

  /**
   * The tensors that are kept and not trained, by full names; shared ones once.
   *
   * @return in the order of the layers; unmodifiable
   */
  public Map<String, Tensor> buffers() {
    return buffers;
  }

  /**
   * What files keep: parameters and buffers, layer by layer.
   *
   * @return by full names; unmodifiable
   */
  public Map<String, StoredTensor> state() {
    return state;
  }
}
