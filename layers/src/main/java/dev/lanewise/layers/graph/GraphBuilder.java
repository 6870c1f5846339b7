// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Wires blocks to a {@link Graph}. Not thread-safe. */
public final class GraphBuilder {
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> byName = new HashMap<>();
  private final Map<Object, List<Node>> shared = new HashMap<>();
  private final Node input;
  private final TensorCheck check;
  private String path = "";
  private Sharing sharing;

  /** A block whose tensors are those of the nodes that it made first; they come in order. */
  private static final class Sharing {
    final List<Node> first;
    final boolean again;
    int next;

    Sharing(List<Node> first) {
      this.first = first;
      again = !first.isEmpty();
    }
  }

  /** Looks at a tensor before memory is taken for it. */
  @FunctionalInterface
  public interface TensorCheck {
    /**
     * Checks a tensor.
     *
     * @param name its full name, such as {@code 0.weight}
     * @param spec what it is
     * @throws IllegalArgumentException if there shall not be such a tensor
     */
    void accept(String name, TensorSpec spec);
  }

  /**
   * Begins a graph.
   *
   * @param input the shape of one input image
   */
  public GraphBuilder(Shape input) {
    this(input, (name, spec) -> {});
  }

  /** Begins with the layers of another graph. */
  GraphBuilder(Graph graph) {
    input = graph.input();
    check = (name, spec) -> {};
    nodes.addAll(graph.nodes());
    nodes.forEach(node -> byName.put(node.name(), node));
  }

  /**
   * Begins a graph whose tensors are checked.
   *
   * @param input the shape of one input image
   * @param check sees every tensor that is not shared
   */
  public GraphBuilder(Shape input, TensorCheck check) {
    this.input = new Node(input);
    this.check = check;
  }

  /**
   * Where the images come in.
   *
   * @return the input of the network
   */
  public Node input() {
    return input;
  }

  /**
   * Adds a block under a name.
   *
   * @param name the name within the block that is being connected, without a dot
   * @param block what to add
   * @param inputs what goes in
   * @return what comes out
   * @throws IllegalArgumentException if the block does not take the inputs
   */
  public Node add(String name, Block block, Node... inputs) {
    if (name.isEmpty() || name.contains(".")) {
      throw new IllegalArgumentException("a name needs letters and no dot, but is '" + name + "'");
    }
    String outer = path;
    int before = nodes.size();
    path = outer.isEmpty() ? name : outer + "." + name;
    try {
      return block.connect(this, inputs);
    } catch (IllegalArgumentException e) { // leave nothing of the block behind
      while (nodes.size() > before) {
        byName.remove(nodes.removeLast().name());
      }
      throw e;
    } finally {
      path = outer;
    }
  }

  /**
   * Adds a layer under the name of the block that is being connected.
   *
   * @param layer the layer
   * @param inputs what goes in
   * @return what comes out
   * @throws IllegalArgumentException if the layer does not take the inputs, or there is a layer of
   *     this name; the message names it
   */
  public Node add(Layer layer, Node... inputs) {
    try {
      if (byName.containsKey(path) || path.equals(input.name())) {
        throw new IllegalArgumentException("another layer has this name");
      }
      if (path.isEmpty()) {
        throw new IllegalArgumentException("it needs a name: graph.add(name, layer, input)");
      }
      Node node = new Node(path, layer, List.of(inputs), sharedTensors(), check);
      byName.put(path, node);
      nodes.add(node);
      if (sharing != null && !sharing.again) {
        sharing.first.add(node);
      }
      return node;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("layer " + path + ": " + e.getMessage(), e);
    }
  }

  private Node sharedTensors() {
    return sharing == null || !sharing.again ? null : sharing.first.get(sharing.next++);
  }

  /**
   * Adds a block whose tensors are those of the block that was added with the same key first.
   *
   * @param key tells which blocks share
   * @param block what to add; the same layers each time
   * @param inputs what goes in
   * @return what comes out
   * @throws IllegalArgumentException if the tensors do not fit the inputs
   */
  public Node share(Object key, Block block, Node... inputs) {
    Sharing outer = sharing;
    sharing = new Sharing(shared.computeIfAbsent(key, k -> new ArrayList<>()));
    try {
      return block.connect(this, inputs);
    } finally {
      sharing = outer;
    }
  }

  /**
   * Adds a layer that uses the tensors of another, by their names.
   *
   * @param name the full name of the layer
   * @param layer the layer
   * @param owner the full name of the layer whose tensors it uses; its own for tensors of its own
   * @param inputs the full names of what goes in
   * @return what comes out
   * @throws IllegalArgumentException if a name is unknown, or the layer does not fit
   */
  public Node add(String name, Layer layer, String owner, List<String> inputs) {
    Node[] in;
    try {
      in = inputs.stream().map(this::named).toArray(Node[]::new);
      sharing = owner.equals(name) ? null : new Sharing(List.of(named(owner)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("layer " + name + ": " + e.getMessage(), e);
    }
    path = name;
    return add(layer, in);
  }

  private Node named(String name) {
    Node node = name.equals(input.name()) ? input : byName.get(name);
    if (node == null) {
      throw new IllegalArgumentException("there is no layer '" + name + "'");
    }
    return node;
  }

  /**
   * Ends the graph.
   *
   * @param output what comes out of it
   * @return the graph
   * @throws IllegalArgumentException if there is no layer, or one that leads nowhere
   */
  public Graph build(Node output) {
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one layer");
    }
    Graph graph = new Graph(input, nodes, output);
    Set<Node> needed = new HashSet<>(graph.nodes());
    for (Node node : nodes) {
      if (!needed.contains(node)) {
        throw new IllegalArgumentException(
            "layer " + node.name() + ": nothing leads from it to the output");
      }
    }
    return graph;
  }
}
