// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.Trace;
import dev.lanewise.layers.Windows;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Says of one number of a trace which numbers it was made of: the equations of {@code
 * docs/backprop.md} with their values. Layers that it does not know get the numbers around them.
 */
final class Explainer {
  /** Kinds whose y depends on the x in its place alone. */
  private static final Set<String> ELEMENTWISE =
      Set.of(
          "relu",
          "relu6",
          "leaky_relu",
          "prelu",
          "elu",
          "selu",
          "celu",
          "softplus",
          "sigmoid",
          "tanh",
          "silu",
          "mish",
          "gelu",
          "hard_sigmoid",
          "hard_swish",
          "dropout");

  private final Trace trace;

  Explainer(Trace trace) {
    this.trace = trace;
  }

  /** Which element of an image's tensor. */
  record Place(int y, int x, int c) {
    int in(Shape shape) {
      return (y * shape.width() + x) * shape.channels() + c;
    }

    void requireIn(Shape shape) throws Refusal {
      if (y < 0 || x < 0 || c < 0) {
        throw outside(shape);
      }
      if (y >= shape.height() || x >= shape.width() || c >= shape.channels()) {
        throw outside(shape);
      }
    }

    private Refusal outside(Shape shape) {
      return Refusal.badRequest("[%d, %d, %d] lies outside of %s".formatted(y, x, c, shape));
    }

    @Override
    public String toString() {
      return "[" + y + "," + x + "," + c + "]";
    }
  }

  private static float at(Tensor tensor, int index) {
    return tensor.data[tensor.offset + index];
  }

  private static Parameter parameter(Node node, String name) {
    return node.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static float bias(Node node, int channel) {
    Parameter bias = parameter(node, "bias");
    return bias == null ? 0 : at(bias.value(), channel);
  }

  private static String kind(Node node) {
    return node.layer() == null ? "input" : node.layer().description().kind();
  }

  /** The windows of a convolution or pooling; {@code null} for a pooling of another kind. */
  private static WindowGrid grid(Node node) {
    Description description = node.layer().description();
    Shape in = node.in().shape();
    Map<String, Object> attributes = description.attributes();
    if (description.flag("ceil", false) || attributes.containsKey("output")) {
      return null;
    }
    Window window =
        description.flag("global", false)
            ? Window.valid(in.height(), in.width())
            : Windows.read(description);
    return WindowGrid.of(window, in.height(), in.width());
  }

  private static int inputRow(WindowGrid grid, int oy, int ky) {
    return oy * grid.window().strideH() - grid.padTop() + ky * grid.window().dilationH();
  }

  private static int inputColumn(WindowGrid grid, int ox, int kx) {
    return ox * grid.window().strideW() - grid.padLeft() + kx * grid.window().dilationW();
  }

  private static boolean within(WindowGrid grid, int iy, int ix) {
    return iy >= 0 && ix >= 0 && iy < grid.inputH() && ix < grid.inputW();
  }

  /** Of what an activation is made. */
  ObjectNode output(Node node, Place place) throws Refusal {
    place.requireIn(node.shape());
    ObjectNode json =
        switch (kind(node)) {
          case "conv2d" -> convolution(node, place);
          case "dense" -> dense(node, place);
          case "max_pool2d" -> maximum(node, place);
          default -> around(node, place, false);
        };
    json.put("what", (node.layer() == null ? "x" : "y") + place);
    json.put("value", at(trace.activation(node), place.in(node.shape())));
    return named(json, node);
  }

  private static ObjectNode named(ObjectNode json, Node node) {
    return json.put("node", node.name()).put("kind", kind(node));
  }

  private ObjectNode convolution(Node node, Place p) {
    WindowGrid grid = grid(node);
    Node from = node.inputs().getFirst();
    Tensor x = trace.activation(from);
    Tensor weight = parameter(node, "weight").value();
    int[] dims = weight.dims(); // [KH, KW, C/G, OC]
    int first = group(dims, node.shape(), from.shape(), p.c());
    Terms terms = new Terms(dims[0], dims[1], dims[2]);
    for (int ky = 0; ky < dims[0]; ky++) {
      for (int kx = 0; kx < dims[1]; kx++) {
        int iy = inputRow(grid, p.y(), ky);
        int ix = inputColumn(grid, p.x(), kx);
        for (int c = 0; c < dims[2]; c++) {
          float w = at(weight, ((ky * dims[1] + kx) * dims[2] + c) * dims[3] + p.c());
          if (within(grid, iy, ix)) {
            Place pixel = new Place(iy, ix, first + c);
            terms.set(ky, kx, c, at(x, pixel.in(from.shape())), w);
          } else {
            terms.setOutside(ky, kx, c, w);
          }
        }
      }
    }
    ObjectNode json = terms.json("sum", "x", "weight");
    origin(json, from, inputRow(grid, p.y(), 0), inputColumn(grid, p.x(), 0), first);
    return json.put("bias", bias(node, p.c()));
  }

  /** The first input channel that an output channel sees. */
  private static int group(int[] dims, Shape out, Shape in, int channel) {
    int groups = in.channels() / dims[2];
    return channel / (out.channels() / groups) * dims[2];
  }

  /** Where in its tensor a patch begins, for the page to mark it. */
  private static void origin(ObjectNode json, Node from, int row, int column, int channel) {
    json.putObject("origin")
        .put("node", from.name())
        .put("row", row)
        .put("column", column)
        .put("channel", channel);
  }

  private ObjectNode dense(Node node, Place p) {
    Shape map = node.in().map();
    Tensor x = trace.activation(node.inputs().getFirst());
    Tensor weight = parameter(node, "weight").value();
    int inputs = node.in().shape().size();
    Terms terms = new Terms(map.height(), map.width(), map.channels());
    for (int i = 0; i < inputs; i++) {
      terms.set(0, 0, i, at(x, i), at(weight, p.c() * inputs + i));
    }
    return terms.json("sum", "x", "weight").put("bias", bias(node, p.c()));
  }

  private ObjectNode maximum(Node node, Place p) {
    WindowGrid grid = grid(node);
    if (grid == null) {
      return around(node, p, false);
    }
    Node from = node.inputs().getFirst();
    Tensor x = trace.activation(from);
    int winner = winner(grid, x, from.shape(), p);
    Terms terms = new Terms(grid.window().kernelH(), grid.window().kernelW(), 1);
    for (int ky = 0; ky < grid.window().kernelH(); ky++) {
      for (int kx = 0; kx < grid.window().kernelW(); kx++) {
        int iy = inputRow(grid, p.y(), ky);
        int ix = inputColumn(grid, p.x(), kx);
        if (within(grid, iy, ix)) {
          int index = new Place(iy, ix, p.c()).in(from.shape());
          terms.set(ky, kx, 0, at(x, index), index == winner ? 1 : 0);
        }
      }
    }
    ObjectNode json = terms.json("max", "x", "wins");
    origin(json, from, inputRow(grid, p.y(), 0), inputColumn(grid, p.x(), 0), p.c());
    return json;
  }

  /** Of equal values the first wins, and a NaN over any number. */
  private static int winner(WindowGrid grid, Tensor x, Shape shape, Place p) {
    int winner = -1;
    float best = Float.NEGATIVE_INFINITY;
    for (int ky = 0; ky < grid.window().kernelH(); ky++) {
      for (int kx = 0; kx < grid.window().kernelW(); kx++) {
        int iy = inputRow(grid, p.y(), ky);
        int ix = inputColumn(grid, p.x(), kx);
        if (within(grid, iy, ix)) {
          int index = new Place(iy, ix, p.c()).in(shape);
          float value = at(x, index);
          if (winner < 0 || value > best || Float.isNaN(value) && !Float.isNaN(best)) {
            best = value;
            winner = index;
          }
        }
      }
    }
    return winner;
  }

  /**
   * The numbers in the same place, before and after a layer, and those of its tensors that belong
   * to the channel.
   */
  private ObjectNode around(Node node, Place p, boolean gradients) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("rule", "values");
    ArrayNode values = json.putArray("values");
    boolean sameSize = false;
    int number = 0;
    for (Node from : node.inputs()) {
      number++;
      if (from.shape().size() == node.shape().size()) { // a flattening keeps the order, too
        sameSize = true;
        String name = node.inputs().size() == 1 ? "x" : "x" + number;
        value(values, name, at(trace.activation(from), p.in(node.shape())));
      }
    }
    if (gradients && sameSize) {
      value(values, "y", at(trace.activation(node), p.in(node.shape())));
      value(values, "dy", at(trace.gradient(node), p.in(node.shape())));
    }
    for (Parameter parameter : node.parameters()) {
      if (parameter.value().size() == node.shape().channels()) {
        value(values, parameter.name(), at(parameter.value(), p.c()));
      }
    }
    node.buffers()
        .forEach(
            (name, buffer) -> {
              if (buffer.size() == node.shape().channels()) {
                value(values, name, at(buffer, p.c()));
              }
            });
    return json;
  }

  private static void value(ArrayNode values, String name, float value) {
    values.addObject().put("name", name).put("value", value);
  }

  /** Of what the gradient with respect to the first input of a layer is made. */
  ObjectNode inputGradient(Node node, Place place) throws Refusal {
    if (node.layer() == null) {
      throw Refusal.badRequest("the input of the network has no input");
    }
    Node from = node.inputs().getFirst();
    place.requireIn(from.shape());
    ObjectNode json =
        switch (kind(node)) {
          case "conv2d" -> convolutionBack(node, place);
          case "dense" -> denseBack(node, place);
          case "max_pool2d" -> maximumBack(node, place);
          default ->
              ELEMENTWISE.contains(kind(node))
                  ? elementwiseBack(node, place)
                  : elementsBack(node, place);
        };
    json.put("what", "dx" + place);
    json.put("value", at(trace.gradient(from), place.in(from.shape())));
    return named(json, node);
  }

  /** Takes an output that sees a pixel through a tap. */
  private interface Back {
    void accept(int ky, int kx, int oy, int ox);
  }

  /** All outputs that see a pixel, and the taps through which they do. */
  private static void outputsThatSee(WindowGrid grid, int iy, int ix, Back back) {
    Window window = grid.window();
    for (int ky = 0; ky < window.kernelH(); ky++) {
      for (int kx = 0; kx < window.kernelW(); kx++) {
        int y = iy + grid.padTop() - ky * window.dilationH();
        int x = ix + grid.padLeft() - kx * window.dilationW();
        boolean begins = y >= 0 && x >= 0 && y % window.strideH() == 0 && x % window.strideW() == 0;
        int oy = y / window.strideH();
        int ox = x / window.strideW();
        if (begins && oy < grid.outputH() && ox < grid.outputW()) {
          back.accept(ky, kx, oy, ox);
        }
      }
    }
  }

  private ObjectNode convolutionBack(Node node, Place p) {
    WindowGrid grid = grid(node);
    Tensor dy = trace.gradient(node);
    Tensor weight = parameter(node, "weight").value();
    int[] dims = weight.dims();
    Shape out = node.shape();
    int groups = node.in().shape().channels() / dims[2];
    int channels = out.channels() / groups;
    int group = p.c() / dims[2];
    int within = p.c() % dims[2];
    Terms terms = new Terms(dims[0], dims[1], channels);
    outputsThatSee(
        grid,
        p.y(),
        p.x(),
        (ky, kx, oy, ox) -> {
          for (int o = 0; o < channels; o++) {
            int oc = group * channels + o;
            float w = at(weight, ((ky * dims[1] + kx) * dims[2] + within) * dims[3] + oc);
            terms.set(ky, kx, o, at(dy, new Place(oy, ox, oc).in(out)), w);
          }
        });
    return terms.json("sum", "dy", "weight");
  }

  private ObjectNode denseBack(Node node, Place p) {
    Tensor dy = trace.gradient(node);
    Tensor weight = parameter(node, "weight").value();
    int inputs = node.in().shape().size();
    int outputs = node.shape().channels();
    Terms terms = new Terms(1, 1, outputs);
    for (int o = 0; o < outputs; o++) {
      terms.set(0, 0, o, at(dy, o), at(weight, o * inputs + p.c()));
    }
    return terms.json("sum", "dy", "weight");
  }

  private ObjectNode maximumBack(Node node, Place p) {
    WindowGrid grid = grid(node);
    if (grid == null) {
      return elementsBack(node, p);
    }
    Node from = node.inputs().getFirst();
    Tensor x = trace.activation(from);
    Tensor dy = trace.gradient(node);
    int pixel = p.in(from.shape());
    Terms terms = new Terms(grid.window().kernelH(), grid.window().kernelW(), 1);
    outputsThatSee(
        grid,
        p.y(),
        p.x(),
        (ky, kx, oy, ox) -> {
          Place output = new Place(oy, ox, p.c());
          boolean wins = winner(grid, x, from.shape(), output) == pixel;
          terms.set(ky, kx, 0, at(dy, output.in(node.shape())), wins ? 1 : 0);
        });
    return terms.json("sum", "dy", "wins");
  }

  private ObjectNode elementwiseBack(Node node, Place p) {
    int index = p.in(node.shape());
    float dy = at(trace.gradient(node), index);
    float dx = at(trace.gradient(node.inputs().getFirst()), index);
    boolean relu = kind(node).equals("relu");
    if (!relu && dy == 0) {
      return around(node, p, true);
    }
    Terms terms = new Terms(1, 1, 1);
    float slope = relu ? at(trace.activation(node), index) > 0 ? 1 : 0 : dx / dy;
    terms.set(0, 0, 0, dy, slope);
    return terms.json("sum", "dy", "slope");
  }

  private ObjectNode elementsBack(Node node, Place p) {
    boolean same = node.inputs().getFirst().shape().size() == node.shape().size();
    if (same) {
      Shape s = node.shape(); // a flattening keeps the order
      int index = p.in(node.inputs().getFirst().shape());
      int pixel = index / s.channels();
      Place place = new Place(pixel / s.width(), pixel % s.width(), index % s.channels());
      return around(node, place, true);
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("rule", "values").putArray("values");
    return json;
  }

  /** Of what an element of the gradient of a parameter is made. */
  ObjectNode parameterGradient(Node node, String name, int index) throws Refusal {
    Parameter parameter = parameter(node, name);
    if (parameter == null || index < 0 || index >= parameter.grad().size()) {
      throw Refusal.badRequest("layer " + node.name() + " has no " + name + "[" + index + "]");
    }
    int[] dims = parameter.grad().dims();
    String kind = kind(node);
    ObjectNode json;
    if (kind.equals("conv2d") && name.equals("weight")) {
      json = convolutionWeight(node, dims, index);
    } else if (kind.equals("dense") && name.equals("weight")) {
      Terms terms = new Terms(1, 1, 1);
      Tensor x = trace.activation(node.inputs().getFirst());
      terms.set(0, 0, 0, at(x, index % dims[1]), at(trace.gradient(node), index / dims[1]));
      json = terms.json("sum", "x", "dy");
    } else if (name.equals("bias") && (kind.equals("conv2d") || kind.equals("dense"))) {
      json = bias(node, index, trace.gradient(node));
    } else {
      json = JsonNodeFactory.instance.objectNode();
      json.put("rule", "values").putArray("values");
    }
    StringBuilder what = new StringBuilder();
    for (int i = dims.length - 1, rest = index; i >= 0; i--) {
      what.insert(0, (i == 0 ? "" : ",") + rest % dims[i]);
      rest /= dims[i];
    }
    String symbol = "d" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
    json.put("what", symbol + "[" + what + "]");
    json.put("value", at(parameter.grad(), index));
    return named(json, node);
  }

  private ObjectNode bias(Node node, int channel, Tensor dy) {
    Shape shape = node.shape();
    Terms terms = new Terms(shape.height(), shape.width(), 1);
    for (int oy = 0; oy < shape.height(); oy++) {
      for (int ox = 0; ox < shape.width(); ox++) {
        terms.set(oy, ox, 0, at(dy, new Place(oy, ox, channel).in(shape)), 1);
      }
    }
    return terms.json("sum", "dy", "one");
  }

  /** Every output pixel gives a product: what the tap saw there, times dy. */
  private ObjectNode convolutionWeight(Node node, int[] dims, int index) {
    WindowGrid grid = grid(node);
    int oc = index % dims[3];
    int c = index / dims[3] % dims[2];
    int kx = index / dims[3] / dims[2] % dims[1];
    int ky = index / dims[3] / dims[2] / dims[1];
    Node from = node.inputs().getFirst();
    Tensor x = trace.activation(from);
    Tensor dy = trace.gradient(node);
    int channel = group(dims, node.shape(), from.shape(), oc) + c;
    Terms terms = new Terms(grid.outputH(), grid.outputW(), 1);
    for (int oy = 0; oy < grid.outputH(); oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        int iy = inputRow(grid, oy, ky);
        int ix = inputColumn(grid, ox, kx);
        float d = at(dy, new Place(oy, ox, oc).in(node.shape()));
        if (within(grid, iy, ix)) {
          terms.set(oy, ox, 0, at(x, new Place(iy, ix, channel).in(from.shape())), d);
        } else {
          terms.setOutside(oy, ox, 0, d);
        }
      }
    }
    return terms.json("sum", "x", "dy");
  }
}
