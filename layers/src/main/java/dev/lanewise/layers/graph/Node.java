// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A layer in its network: its name, what comes in, and its tensors. The input of a network is a
 * node without a layer. Nodes never change but for the values of their tensors.
 */
public final class Node {
  private static final Pattern DOT = Pattern.compile("\\.");

  private final String name;
  private final Layer layer; // null: the input of the network
  private final List<Node> inputs;
  private final Inputs in;
  private final Shape shape;
  private final Shape map;
  private final Node owner; // of the tensors: this one, unless they are shared
  private final List<TensorSpec> parameterSpecs;
  private final List<TensorSpec> bufferSpecs;
  private final List<Parameter> parameters;
  private final Map<String, Tensor> buffers;

  /** The input of a network. */
  Node(Shape shape) {
    name = "input";
    layer = null;
    inputs = List.of();
    in = null;
    this.shape = shape;
    map = shape;
    owner = this;
    parameterSpecs = List.of();
    bufferSpecs = List.of();
    parameters = List.of();
    buffers = Map.of();
  }

  /**
   * @param shared the node whose tensors this one uses; {@code null} for tensors of its own
   * @param check sees those
   * @throws IllegalArgumentException if the layer does not take the inputs, two of its tensors have
   *     one name, or shared tensors do not fit
   */
  Node(String name, Layer layer, List<Node> inputs, Node shared, GraphBuilder.TensorCheck check) {
    this.name = name;
    this.layer = layer;
    this.inputs = inputs;
    if (!layer.accepts(inputs.size())) {
      throw new IllegalArgumentException(
          layer.description() + " does not take " + inputs.size() + " inputs");
    }
    in = new Inputs(inputs.stream().map(Node::shape).toList(), inputs.getFirst().map);
    shape = layer.outputShape(in.shapes().toArray(Shape[]::new));
    parameterSpecs = List.copyOf(layer.parameters(in));
    bufferSpecs = List.copyOf(layer.buffers(in));
    map = keepsMap() ? in.map() : shape;
    if (shared == null) {
      owner = this;
      requireNamesOfTheirOwn();
      specs().forEach(spec -> check.accept(name + "." + spec.name(), spec));
      parameters = parameterSpecs.stream().map(Node::parameter).toList();
      Map<String, Tensor> buffers = new LinkedHashMap<>();
      bufferSpecs.forEach(spec -> buffers.put(spec.name(), spec.zeros()));
      this.buffers = Collections.unmodifiableMap(buffers);
      fillBuffers();
    } else {
      owner = shared.owner;
      if (!parameterSpecs.equals(owner.parameterSpecs) || !bufferSpecs.equals(owner.bufferSpecs)) {
        throw new IllegalArgumentException(
            layer.description()
                + " cannot share the tensors of layer "
                + owner.name
                + ", whose input has another shape");
      }
      parameters = owner.parameters;
      buffers = owner.buffers;
    }
  }

  /**
   * A layer that stands for itself, as in a test: its inputs come from nowhere.
   *
   * @param layer the layer
   * @param random draws its parameters
   * @param inputs the shape of one image of each input
   * @return the node
   * @throws IllegalArgumentException if the layer does not take these inputs
   */
  public static Node alone(Layer layer, RandomStream random, Shape... inputs) {
    List<Node> from = Arrays.stream(inputs).map(Node::new).toList();
    Node node = new Node("0", layer, from, null, (name, spec) -> {});
    node.initialize(random);
    return node;
  }

  private static Parameter parameter(TensorSpec spec) {
    return new Parameter(spec.name(), spec.zeros());
  }

  /** A flat output whose elements stand where those of the input stood is still that map. */
  private boolean keepsMap() {
    return shape.isFlat() && in.shape().size() == shape.size() && layer.keepsOrder(in);
  }

  private void requireNamesOfTheirOwn() {
    Set<String> names = new HashSet<>();
    for (TensorSpec spec : specs()) {
      if (!names.add(spec.name())) {
        throw new IllegalArgumentException("two tensors are called " + spec.name());
      }
    }
  }

  private List<TensorSpec> specs() {
    return Stream.concat(parameterSpecs.stream(), bufferSpecs.stream()).toList();
  }

  /** Draws the first values of the parameters, and sets those of the buffers. */
  void initialize(RandomStream random) {
    for (int i = 0; i < parameters.size(); i++) {
      TensorSpec spec = parameterSpecs.get(i);
      spec.initializer().fill(parameters.get(i).value(), spec.fanIn(), spec.fanOut(), random);
    }
    fillBuffers();
  }

  private void fillBuffers() {
    RandomStream random = new RandomStream(0);
    for (TensorSpec spec : bufferSpecs) {
      spec.initializer().fill(buffers.get(spec.name()), spec.fanIn(), spec.fanOut(), random);
    }
  }

  /**
   * The stream of this node, split off by the parts of its name.
   *
   * @param random the stream of the network
   */
  RandomStream stream(RandomStream random) {
    for (String part : DOT.split(name)) {
      boolean number = part.chars().allMatch(c -> c >= '0' && c <= '9') && part.length() < 10;
      random = number ? random.split(Integer.parseInt(part)) : random.split(part);
    }
    return random;
  }

  /**
   * The name, as PyTorch would nest it.
   *
   * @return such as {@code 3.0}; {@code input} for the input of the network
   */
  public String name() {
    return name;
  }

  /**
   * The layer.
   *
   * @return {@code null} for the input of the network
   */
  public Layer layer() {
    return layer;
  }

  /**
   * Where the inputs come from.
   *
   * @return in the order of the layer's inputs
   */
  public List<Node> inputs() {
    return inputs;
  }

  /**
   * What comes in.
   *
   * @return {@code null} for the input of the network
   */
  public Inputs in() {
    return in;
  }

  /**
   * What goes out.
   *
   * @return the shape of one image
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The feature map by which files order the weights of what follows: see {@link Inputs#map}.
   *
   * @return for a flattened map, or what is made from one element by element, that map; otherwise
   *     the shape
   */
  public Shape map() {
    return map;
  }

  /**
   * Whose parameters and buffers these are.
   *
   * @return the first node of those that share them; this one if it has its own
   */
  public Node owner() {
    return owner;
  }

  /**
   * The trained tensors.
   *
   * @return in the order of the layer
   */
  public List<Parameter> parameters() {
    return parameters;
  }

  /**
   * The tensors that are kept and not trained.
   *
   * @return by their names within the layer, in its order
   */
  public Map<String, Tensor> buffers() {
    return buffers;
  }

  /**
   * All tensors of this node, as files keep them.
   *
   * @return by their names within the layer: parameters, then buffers
   */
  public Map<String, StoredTensor> state() {
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      TensorSpec spec = parameterSpecs.get(i);
      state.put(
          spec.name(), new StoredTensor(parameters.get(i).value(), spec.layout(), spec.whole()));
    }
    for (TensorSpec spec : bufferSpecs) {
      state.put(
          spec.name(), new StoredTensor(buffers.get(spec.name()), spec.layout(), spec.whole()));
    }
    return state;
  }

  /**
   * What a plan may do with the layer here.
   *
   * @param mode what the pass is for
   * @return its traits; none for the input of the network
   */
  public Set<Trait> traits(Mode mode) {
    return layer == null ? Set.of() : layer.traits(mode, in);
  }

  /** Such as {@code 0: conv2d(channels=8)}. */
  @Override
  public String toString() {
    return layer == null ? name : name + ": " + layer.description();
  }
}
