// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The nodes and constants of a model that is being written, with names of their own. What is
 * written depends on the calls alone. Not thread-safe.
 */
final class Sheet {
  /** What all constants may take: a message of protobuf is below 2 GB. */
  private static final long MOST = Integer.MAX_VALUE - (1 << 20);

  private static final int SHORT = 8; // numbers that make a name

  private final List<NodeProto.Builder> nodes = new ArrayList<>();
  private final List<TensorProto> tensors = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Map<String, String> known = new HashMap<>(); // names of constants
  private long bytes;

  /** A name that nothing else has. */
  String reserve(String wanted) {
    String name = wanted;
    for (int i = 2; !names.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  /**
   * Adds a node of one output.
   *
   * @param name of the node and its output; another one if that is taken
   * @return the name of the output
   */
  String node(String name, String operator, List<String> inputs, AttributeProto... attributes) {
    String own = reserve(name);
    nodes.add(
        NodeProto.newBuilder()
            .setName(own)
            .setOpType(operator)
            .addAllInput(inputs)
            .addOutput(own)
            .addAllAttribute(List.of(attributes)));
    return own;
  }

  /** Gives the value that the model makes its name. */
  void rename(String from, String to) {
    for (NodeProto.Builder node : nodes) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (node.getInput(i).equals(from)) {
          node.setInput(i, to);
        }
      }
      if (node.getOutput(0).equals(from)) {
        node.setOutput(0, to);
      }
    }
  }

  /**
   * A constant.
   *
   * @param key what tells it from others; the same constant is not written twice
   * @param name what it is called; another name if that is taken
   * @param dims its dimensions
   * @param values taken over
   * @return its name
   */
  String tensor(String key, String name, int[] dims, float[] values) {
    return known.computeIfAbsent(
        key,
        k -> {
          ByteBuffer raw = buffer((long) values.length * Float.BYTES);
          raw.asFloatBuffer().put(values);
          return add(name, TensorProto.DataType.FLOAT, dims, raw);
        });
  }

  /** A constant that is there for its values, not for its name. */
  String tensor(String name, int[] dims, float[] values) {
    return tensor(name + known.size(), name, dims, values);
  }

  /** A single number. */
  String number(double value) {
    float number = (float) value;
    return tensor("number " + number, "number." + number, new int[0], new float[] {number});
  }

  /** A vector of one number. */
  String same(int count, float value) {
    return same(new int[] {count}, value);
  }

  private String same(int[] dims, float value) {
    float[] values = new float[Dims.size(dims)];
    Arrays.fill(values, value);
    String name = "number." + value + "." + join(dims);
    return tensor("vector " + name, name, dims, values);
  }

  /** A tensor of ones. */
  String ones(int... dims) {
    return same(dims, 1);
  }

  private static String join(int... values) {
    return Arrays.stream(values).mapToObj(String::valueOf).collect(Collectors.joining("."));
  }

  /** Whole numbers in a list. */
  String wholes(int... values) {
    String text = join(values);
    String name = values.length > SHORT ? "whole." + values.length : "whole." + text;
    return known.computeIfAbsent(
        "whole " + text,
        k -> {
          ByteBuffer raw = buffer((long) values.length * Long.BYTES);
          raw.asLongBuffer().put(Arrays.stream(values).asLongStream().toArray());
          return add(name, TensorProto.DataType.INT64, new int[] {values.length}, raw);
        });
  }

  private ByteBuffer buffer(long size) {
    bytes += size;
    if (bytes > MOST) {
      throw new IllegalArgumentException(
          "the network has more than the 2 GB of weights that an ONNX file can hold");
    }
    return ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String add(String name, TensorProto.DataType type, int[] dims, ByteBuffer raw) {
    String own = reserve(name);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(own)
            .setDataType(type.getNumber())
            .setRawData(UnsafeByteOperations.unsafeWrap(raw));
    Arrays.stream(dims).forEach(tensor::addDims);
    tensors.add(tensor.build());
    return own;
  }

  /** Hands over the nodes and the constants. */
  void addTo(GraphProto.Builder graph) {
    nodes.forEach(graph::addNode);
    tensors.forEach(graph::addInitializer);
  }

  static AttributeProto ints(String name, int... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  static AttributeProto integer(String name, int value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto real(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }
}
