// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import java.util.List;
import java.util.stream.Stream;

/**
 * A layer that is being written, with what comes in.
 *
 * <p>A value may be an image, {@code [N, C, H, W]}, or a vector, {@code [N, F]}, in several orders;
 * a writer asks for what its operators need, and most often it is there already.
 */
final class WriteCall {
  private final Sheet sheet;
  private final Node node;
  private final List<Written> inputs;
  private final int opset;

  WriteCall(Sheet sheet, Node node, List<Written> inputs, int opset) {
    this.sheet = sheet;
    this.node = node;
    this.inputs = inputs;
    this.opset = opset;
  }

  Sheet sheet() {
    return sheet;
  }

  Node node() {
    return node;
  }

  /** The version of the operators. */
  int opset() {
    return opset;
  }

  Description description() {
    return node.layer().description();
  }

  /** The shape of an image of the result. */
  Shape shape() {
    return node.shape();
  }

  List<Written> inputs() {
    return inputs;
  }

  /** The first input. */
  Written x() {
    return inputs.getFirst();
  }

  // ---------------------------------------------------------------- nodes

  /** Adds the node that has the name of the layer. */
  String main(String operator, List<String> inputs, AttributeProto... attributes) {
    return sheet.node(node.name(), operator, inputs, attributes);
  }

  /** Adds a node beside it. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return sheet.node(node.name() + "/" + operator, operator, inputs, attributes);
  }

  /** The name of a constant of this layer that is not one of its tensors. */
  String constant(String name, int[] dims, float... values) {
    return sheet.tensor(node.name() + "/" + name, dims, values);
  }

  // ---------------------------------------------------------------- forms of values

  /** As {@code [N, C, H, W]}. */
  Written image(Written x) {
    if (x.isImage()) {
      return x;
    }
    Shape s = x.shape();
    if (x.map().equals(s) || x.isInMemory() && isOneOrder(s)) {
      String name = reshape(x.name(), s.channels(), s.height(), s.width());
      return Written.image(name, s);
    }
    String last = reshape(inMemory(x).name(), s.height(), s.width(), s.channels());
    return Written.image(transpose(last, 0, 3, 1, 2), s);
  }

  /** As {@code [N, F]}, in whatever order. */
  Written vector(Written x) {
    return x.isImage() ? new Written(flatten(x.name()), x.shape(), x.shape()) : x;
  }

  /** As {@code [N, F]} in the order of memory. */
  Written inMemory(Written x) {
    if (x.isInMemory()) {
      return Written.inMemory(x.isImage() ? flatten(x.name()) : x.name(), x.shape());
    }
    Shape map = x.isImage() ? x.shape() : x.map();
    String first =
        x.isImage() ? x.name() : reshape(x.name(), map.channels(), map.height(), map.width());
    return Written.inMemory(flatten(transpose(first, 0, 2, 3, 1)), x.shape());
  }

  /** The same elements of memory as another shape. */
  Written shaped(Written x, Shape shape) {
    return x.shape().equals(shape) ? x : Written.inMemory(inMemory(x).name(), shape);
  }

  /** An image, or for a flat shape what is there: where each channel, or feature, is on axis 1. */
  Written channels(Written x) {
    return x.shape().isFlat() ? x : image(x);
  }

  /** Values of the same elements in one form and order. */
  List<Written> alike(List<Written> values) {
    Written first = values.getFirst();
    boolean alike =
        values.stream().allMatch(v -> v.isImage() ? first.isImage() : v.map().equals(first.map()));
    if (alike) {
      return values;
    }
    boolean flat = values.stream().allMatch(v -> v.shape().isFlat());
    return values.stream().map(flat ? this::inMemory : this::image).toList();
  }

  static List<String> names(List<Written> values) {
    return values.stream().map(Written::name).toList();
  }

  private static boolean isOneOrder(Shape s) {
    return s.channels() == 1 || s.height() * s.width() == 1;
  }

  String reshape(String x, int... dims) {
    int[] all = new int[dims.length + 1];
    System.arraycopy(dims, 0, all, 1, dims.length);
    return node("Reshape", List.of(x, sheet.wholes(all))); // 0: as before
  }

  String transpose(String x, int... order) {
    return node("Transpose", List.of(x), Sheet.ints("perm", order));
  }

  private String flatten(String x) {
    return node("Flatten", List.of(x), Sheet.integer("axis", 1));
  }

  // ---------------------------------------------------------------- tensors

  /** The values of a tensor of the layer, in the order of memory. */
  float[] values(String name) {
    Tensor tensor = stored(name).value();
    float[] values = new float[tensor.size()];
    System.arraycopy(tensor.data, tensor.offset, values, 0, values.length);
    return values;
  }

  boolean has(String name) {
    return node.state().containsKey(name);
  }

  private StoredTensor stored(String name) {
    return node.state().get(name);
  }

  /** A tensor as files have it. */
  String tensor(String name) {
    return tensor(name, stored(name).layout(), stored(name).layout().dims());
  }

  /**
   * A tensor in another order.
   *
   * @param dims its dimensions in the model
   */
  String tensor(String name, Layout layout, int... dims) {
    StoredTensor stored = stored(name);
    String full = node.owner().name() + "." + name;
    float[] values = new float[stored.value().size()];
    layout.toFile(stored.value(), values);
    String key = Stream.of(dims.length, layout.view(), layout.order()).toList() + full;
    return sheet.tensor(key, full, dims, values);
  }

  /**
   * A number for each channel of {@link #channels}.
   *
   * @param spread whether it is to be repeated over rows and columns
   */
  String perChannel(String name, Written x, boolean spread) {
    int channels = x.shape().channels();
    if (x.isImage()) {
      int[] dims = spread ? new int[] {channels, 1, 1} : new int[] {channels};
      return tensor(name, Layout.same(channels), dims);
    }
    return tensor(name, Layout.vector(x.map()), channels);
  }
}
