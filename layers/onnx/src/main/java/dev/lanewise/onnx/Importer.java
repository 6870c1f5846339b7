// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.ValueInfoProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * From the nodes of a model to a network: nodes that lead to the output, one after the other.
 *
 * <p>First, the batch is an axis of its own, which no operator may touch: then a network serves
 * batches of any size. Where one does touch it, and its length is fixed, an image of the network is
 * the whole input instead.
 */
final class Importer {
  /** Nodes of a model; no more are believed. */
  private static final int MOST = 100_000;

  private static final int SOME = 8; // nodes of an operator in a message

  private final GraphProto graph;
  private final int opset;
  private final Tensors tensors;
  private final Budget budget;
  private final String output;
  private final int[] given; // dimensions of the input that the caller knows; null for those stated
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final List<NodeProto> nodes = new ArrayList<>(); // that lead to the output
  private final Map<String, Integer> uses = new HashMap<>();
  private String input;

  /**
   * @param output the name of what the network shall make
   * @param given the dimensions of the input; {@code null} for those of the file
   * @throws ImportFault if nodes are wrong, or not supported
   */
  Importer(
      GraphProto graph, int opset, Tensors tensors, Budget budget, String output, int[] given) {
    this.graph = graph;
    this.opset = opset;
    this.tensors = tensors;
    this.budget = budget;
    this.output = output;
    this.given = given;
    checkNames();
    chooseNodes();
    requireSupported();
    input = chooseInput();
  }

  /** Every value is made once, and before it is used; so there are no cycles. */
  private void checkNames() {
    if (graph.getNodeCount() > MOST) {
      throw new ImportFault("there are " + graph.getNodeCount() + " nodes, more than " + MOST);
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      if (initializers.put(tensor.getName(), tensor) != null) {
        throw new ImportFault("two initializers are called '" + tensor.getName() + "'");
      }
    }
    Set<String> inputs = new HashSet<>();
    for (ValueInfoProto value : graph.getInputList()) {
      if (!inputs.add(value.getName())) {
        throw new ImportFault("two inputs are called '" + value.getName() + "'");
      }
    }
    Set<String> made = new HashSet<>(inputs);
    made.addAll(initializers.keySet());
    graph.getSparseInitializerList().forEach(sparse -> made.add(sparse.getValues().getName()));
    for (NodeProto node : graph.getNodeList()) {
      for (String name : node.getInputList()) {
        if (!name.isEmpty() && !made.contains(name)) {
          throw new ImportFault(
              label(node) + " uses '" + name + "', which no node before it makes");
        }
      }
      for (String name : node.getOutputList()) {
        if (!name.isEmpty() && !made.add(name)) {
          throw new ImportFault(label(node) + " makes '" + name + "', which is there already");
        }
      }
    }
    if (!made.contains(output)) {
      throw new ImportFault("there is no output '" + output + "'");
    }
  }

  private void chooseNodes() {
    Set<String> needed = new HashSet<>(Set.of(output));
    for (NodeProto node : graph.getNodeList().reversed()) {
      if (node.getOutputList().stream().anyMatch(needed::contains)) {
        nodes.add(node);
        for (String name : node.getInputList()) {
          needed.add(name);
          uses.merge(name, 1, Integer::sum);
        }
      }
    }
    uses.merge(output, 1, Integer::sum);
    Collections.reverse(nodes);
  }

  private void requireSupported() {
    Map<String, List<String>> missing = new TreeMap<>();
    for (NodeProto node : nodes) {
      if (operator(node) == null) {
        String domain = isStandard(node) ? "" : node.getDomain() + ".";
        missing
            .computeIfAbsent(domain + node.getOpType(), type -> new ArrayList<>())
            .add(name(node));
      }
    }
    if (!missing.isEmpty()) {
      List<String> texts = new ArrayList<>();
      missing.forEach(
          (type, names) ->
              texts.add(
                  type
                      + " ("
                      + String.join(", ", names.subList(0, Math.min(SOME, names.size())))
                      + (names.size() > SOME ? " and " + (names.size() - SOME) + " more" : "")
                      + ")"));
      throw new ImportFault("operators that are not supported: " + String.join("; ", texts));
    }
  }

  private static boolean isStandard(NodeProto node) {
    return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
  }

  private static Operator operator(NodeProto node) {
    return isStandard(node) ? Operators.ALL.get(node.getOpType()) : null;
  }

  private String chooseInput() {
    Set<String> found = new LinkedHashSet<>();
    for (ValueInfoProto value : graph.getInputList()) {
      String name = value.getName();
      if (!initializers.containsKey(name) && uses.containsKey(name)) {
        found.add(name);
      }
    }
    if (found.size() > 1) {
      throw new ImportFault(
          "'" + output + "' is made of " + found.size() + " inputs, expected one: " + found);
    }
    if (found.isEmpty()) {
      throw new ImportFault("'" + output + "' does not depend on an input");
    }
    return found.iterator().next();
  }

  /** The name of the input that leads to the output. */
  String input() {
    return input;
  }

  /**
   * Builds the network.
   *
   * @throws ImportFault if a node is not as it should be
   */
  Graph build() {
    int[] dims = InputDims.of(graph, input, given);
    Dims.requireAxes(dims.length);
    boolean free = dims.length > 0 && dims[0] == InputDims.FREE;
    if (free) {
      dims[0] = 1;
    }
    if (dims.length > 1) {
      try {
        return build(dims, dims[0]);
      } catch (ImportFault.MixesBatch e) {
        if (free) {
          throw e;
        }
      }
    }
    return build(dims, 0);
  }

  private Graph build(int[] dims, int batch) {
    int[] inner = batch == 0 ? dims : Arrays.copyOfRange(dims, 1, dims.length);
    Wiring order = new Wiring(new Shape(1, 1, 1), batch, budget);
    View view = isChannelsLast() ? View.plain(inner) : order.standard(inner);
    Wiring wiring = new Wiring(order.shape(view), batch, budget);
    Map<String, Value> values = new HashMap<>();
    values.put(input, new Activation(wiring.input(), view, batch, InputDims.type(graph, input)));
    for (NodeProto node : nodes) {
      run(node, wiring, values);
    }
    return draft(wiring, value(output, values));
  }

  /** Whether the input is turned to channels first at once: then it has them last. */
  private boolean isChannelsLast() {
    return nodes.stream()
        .filter(node -> node.getInputList().contains(input))
        .allMatch(node -> isTranspose(node, 0, 3, 1, 2));
  }

  private static boolean isTranspose(NodeProto node, long... order) {
    return node.getOpType().equals("Transpose")
        && node.getAttributeList().stream()
            .anyMatch(
                attribute ->
                    attribute.getName().equals("perm")
                        && attribute.getIntsList().equals(Arrays.stream(order).boxed().toList()));
  }

  private Value value(String name, Map<String, Value> values) {
    Value value = values.get(name);
    if (value == null && initializers.containsKey(name)) {
      value = tensors.read(initializers.get(name));
    }
    if (value == null) {
      throw new ImportFault("'" + name + "' is of a kind that is not supported");
    }
    return value;
  }

  private void run(NodeProto node, Wiring wiring, Map<String, Value> values) {
    try {
      List<Value> inputs = new ArrayList<>();
      for (String name : node.getInputList()) {
        inputs.add(name.isEmpty() ? null : value(name, values));
      }
      wiring.name(layerName(node));
      Value[] results = operator(node).apply(new Call(node, opset, inputs, wiring, tensors));
      for (int i = 0; i < node.getOutputCount(); i++) {
        String name = node.getOutput(i);
        if (i < results.length) {
          values.put(name, results[i]);
        } else if (uses.containsKey(name)) {
          throw new ImportFault("its output '" + name + "' is not supported");
        }
        if (i < results.length
            && results[i] instanceof Activation a
            && uses.getOrDefault(name, 0) > 1) {
          wiring.share(a.draft());
        }
      }
    } catch (ImportFault.MixesBatch e) {
      throw new Mixing(label(node) + ": " + e.getMessage());
    } catch (ImportFault e) {
      throw new ImportFault(label(node) + ": " + e.getMessage());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ImportFault(label(node) + ": " + e.getMessage());
    }
  }

  /** With the node in its message. */
  private static final class Mixing extends ImportFault.MixesBatch {
    private static final long serialVersionUID = 1;

    Mixing(String message) {
      super(message);
    }
  }

  /**
   * The name of a layer: that of its weights, as PyTorch has it, or that of the node without what
   * cannot be in a name.
   */
  private String layerName(NodeProto node) {
    for (String in : node.getInputList()) {
      if (in.endsWith(".weight") && initializers.containsKey(in)) {
        return in.substring(0, in.length() - ".weight".length());
      }
    }
    return node.getName().isEmpty() ? node.getOpType() : node.getName();
  }

  private static String name(NodeProto node) {
    return node.getName().isEmpty()
        ? String.join(", ", node.getOutputList().stream().limit(1).toList())
        : node.getName();
  }

  private static String label(NodeProto node) {
    return "node " + name(node) + " (" + node.getOpType() + ")";
  }

  /** Only what leads to the output, in order, with names and tensors. */
  private Graph draft(Wiring wiring, Value value) {
    wiring.name("output");
    Activation result = wiring.activation(value);
    View standard =
        producer().map(node -> isTranspose(node, 0, 2, 3, 1)).orElse(false)
            ? View.plain(result.view().dims())
            : wiring.standard(result.view().dims());
    Activation last = wiring.arrange(result, standard);
    Draft end = wiring.shaped(last.draft(), wiring.shape(standard));
    if (end.layer() == null) {
      end = wiring.layer(new Reshape(end.shape()), Map.of(), end);
    }
    List<Draft> order = inOrder(end);
    Map<Draft, String> names = names(order);
    GraphBuilder builder = new GraphBuilder(wiring.input().shape());
    Node node = null;
    for (Draft draft : order) {
      String name = names.get(draft);
      List<String> inputs = draft.inputs().stream().map(names::get).toList();
      node = builder.add(name, draft.layer(), name, inputs);
      fill(node, draft);
    }
    return builder.build(node);
  }

  private Optional<NodeProto> producer() {
    return nodes.stream().filter(node -> node.getOutputList().contains(output)).findFirst();
  }

  /** Each draft after its inputs, without recursion: a network may be deep. */
  private static List<Draft> inOrder(Draft end) {
    List<Draft> order = new ArrayList<>();
    Set<Draft> done = new HashSet<>();
    List<Draft> open = new ArrayList<>(List.of(end));
    while (!open.isEmpty()) {
      Draft draft = open.getLast();
      List<Draft> missing =
          draft.inputs().stream().filter(in -> in.layer() != null && !done.contains(in)).toList();
      if (missing.isEmpty()) {
        open.removeLast();
        if (done.add(draft)) {
          order.add(draft);
        }
      } else {
        open.addAll(missing);
      }
    }
    return order;
  }

  private static Map<Draft, String> names(List<Draft> order) {
    Map<Draft, String> names = new LinkedHashMap<>();
    Map<String, Integer> taken = new HashMap<>(Map.of("input", 1)); // how often
    for (Draft draft : order) {
      draft.inputs().stream()
          .filter(in -> in.layer() == null)
          .forEach(in -> names.put(in, "input"));
      String base = clean(draft.name());
      if (base.isEmpty()) {
        base = draft.layer().description().kind().replace("onnx.", "");
      }
      String name = base;
      for (int i = taken.getOrDefault(base, 0); taken.containsKey(name); ) {
        name = base + "_" + ++i;
        taken.put(base, i);
      }
      taken.put(name, 1);
      names.put(draft, name);
    }
    return names;
  }

  /** Letters, digits, and dots between them. */
  private static String clean(String name) {
    String plain = name.replaceAll("[^A-Za-z0-9_.-]+", ".").replaceAll("\\.{2,}", ".");
    plain = plain.replaceAll("^\\.|\\.$", "");
    return plain.length() > 200 ? plain.substring(0, 200) : plain;
  }

  private static void fill(Node node, Draft draft) {
    for (Parameter parameter : node.parameters()) {
      copy(draft, parameter.name(), parameter.value());
    }
    node.buffers().forEach((name, buffer) -> copy(draft, name, buffer));
    draft.release();
  }

  private static void copy(Draft draft, String name, Tensor to) {
    float[] from = draft.tensors().get(name);
    if (from == null) {
      return; // a counter
    }
    if (from.length != to.size()) {
      throw new ImportFault(
          "layer "
              + draft.name()
              + " has "
              + from.length
              + " values of "
              + name
              + ", expected "
              + to.size());
    }
    System.arraycopy(from, 0, to.data, to.offset, from.length);
  }
}
