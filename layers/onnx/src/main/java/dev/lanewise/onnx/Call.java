// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A node of the model: its attributes, and the values that go in. */
final class Call {
  private final NodeProto node;
  private final int opset;
  private final List<Value> inputs; // null: left out
  private final Wiring wiring;
  private final Tensors tensors;
  private final Map<String, AttributeProto> attributes = new HashMap<>();

  Call(NodeProto node, int opset, List<Value> inputs, Wiring wiring, Tensors tensors) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
    this.wiring = wiring;
    this.tensors = tensors;
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attributes.put(attribute.getName(), attribute) != null) {
        throw new ImportFault("it has the attribute '" + attribute.getName() + "' twice");
      }
    }
  }

  /** The version of the operators that the model asks for. */
  int opset() {
    return opset;
  }

  Wiring wiring() {
    return wiring;
  }

  String operator() {
    return node.getOpType();
  }

  int outputs() {
    return node.getOutputCount();
  }

  int inputs() {
    return inputs.size();
  }

  /** An input that may be left out. */
  Value optional(int i) {
    return i < inputs.size() ? inputs.get(i) : null;
  }

  Value input(int i) {
    Value value = optional(i);
    if (value == null) {
      throw new ImportFault("input " + i + " is missing");
    }
    return value;
  }

  Activation activation(int i) {
    return wiring.activation(input(i));
  }

  /** An input that has to be known when the model is read. */
  Constant constant(int i) {
    if (input(i) instanceof Constant constant) {
      return constant;
    }
    throw new ImportFault("input " + i + " is computed by the model, expected a constant");
  }

  /** The same, but {@code null} if it is left out. */
  Constant optionalConstant(int i) {
    return optional(i) == null ? null : constant(i);
  }

  boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  long longOf(String attribute, long usual) {
    return has(attribute) ? attributes.get(attribute).getI() : usual;
  }

  int integer(String attribute, int usual) {
    long value = longOf(attribute, usual);
    if (value != (int) value) {
      throw new ImportFault("attribute " + attribute + " is " + value);
    }
    return (int) value;
  }

  boolean flag(String attribute, boolean usual) {
    return has(attribute) ? attributes.get(attribute).getI() != 0 : usual;
  }

  /** A number, in decimal what the float in the file is. */
  double real(String attribute, double usual) {
    return has(attribute) ? decimal(attributes.get(attribute).getF()) : usual;
  }

  /** The shortest decimal of a float: 1e-5 and not 9.999999747378752e-6. */
  static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  String text(String attribute, String usual) {
    return has(attribute) ? attributes.get(attribute).getS().toStringUtf8() : usual;
  }

  /** Whole numbers; {@code null} if they are left out. */
  int[] ints(String attribute) {
    return has(attribute) ? clamped(attributes.get(attribute).getIntsList()) : null;
  }

  private static int[] clamped(List<Long> values) {
    return values.stream()
        .mapToInt(v -> Math.clamp(v, Integer.MIN_VALUE, Integer.MAX_VALUE))
        .toArray();
  }

  float[] reals(String attribute) {
    List<Float> values = attributes.get(attribute).getFloatsList();
    return Constant.reals(values.size(), values::get);
  }

  Constant tensor(String attribute) {
    TensorProto tensor = attributes.get(attribute).getT();
    return tensors.read(tensor);
  }

  /** Whole numbers that are an attribute in old models, and an input in new ones. */
  int[] intsOrInput(String attribute, int input) {
    Constant constant = optionalConstant(input);
    return constant == null ? ints(attribute) : constant.ints();
  }

  /** An axis, counted from the front. */
  static int axis(int axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new ImportFault("there is no axis " + axis + " among " + rank);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** Which axes are meant; no axis twice. */
  static boolean[] axes(int[] axes, int rank) {
    boolean[] is = new boolean[rank];
    for (int axis : axes) {
      if (is[axis(axis, rank)]) {
        throw new ImportFault("axis " + axis + " is given twice");
      }
      is[axis(axis, rank)] = true;
    }
    return is;
  }
}
