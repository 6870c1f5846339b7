// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Functions of elements, and what treats all elements of an input alike. Where a model of the
 * oldest version has no operator, several are written, as PyTorch does.
 */
final class ElementWriters {
  private static final double ROOT_TWO = Math.sqrt(2);
  private static final double ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  /** Versions that brought operators. */
  private static final int MISH = 18;

  private static final int GELU = 20;

  private ElementWriters() {}

  static void addTo(Map<String, Writer> all) {
    all.put("add", call -> chain(call, "Add"));
    all.put("multiply", ElementWriters::multiply);
    all.put("concatenate", ElementWriters::concatenate);
    all.put("celu", each("Celu", d -> Sheet.real("alpha", d.number("alpha", 1))));
    all.put("elu", each("Elu", d -> Sheet.real("alpha", d.number("alpha", 1))));
    all.put("leaky_relu", each("LeakyRelu", d -> Sheet.real("alpha", d.number("slope", 0.01))));
    all.put("hard_sigmoid", each("HardSigmoid", d -> Sheet.real("alpha", 1.0 / 6)));
    all.put("hard_swish", each("HardSwish"));
    all.put("relu", each("Relu"));
    all.put("selu", each("Selu"));
    all.put("sigmoid", each("Sigmoid"));
    all.put("tanh", each("Tanh"));
    all.put("gelu", ElementWriters::gelu);
    all.put("mish", ElementWriters::mish);
    all.put("relu6", ElementWriters::relu6);
    all.put("silu", ElementWriters::silu);
    all.put("softplus", ElementWriters::softplus);
    all.put("prelu", ElementWriters::prelu);
    all.put("dropout", ElementWriters::dropout);
    all.put("dropout2d", WriteCall::x); // does nothing in an inference
    all.put("stochastic_depth", WriteCall::x);
    all.put("softmax", ElementWriters::softmax);
  }

  private static Writer each(String operator) {
    return call -> call.x().with(call.main(operator, List.of(call.x().name())));
  }

  private static Writer each(String operator, Function<Description, AttributeProto> attribute) {
    return call ->
        call.x()
            .with(
                call.main(operator, List.of(call.x().name()), attribute.apply(call.description())));
  }

  /** Operators of two inputs, from left to right. */
  private static Written chain(WriteCall call, String operator) {
    return chain(call, operator, call.alike(call.inputs()));
  }

  private static Written chain(WriteCall call, String operator, List<Written> inputs) {
    String result = inputs.getFirst().name();
    for (int i = 1; i < inputs.size(); i++) {
      List<String> two = List.of(result, inputs.get(i).name());
      result = i == inputs.size() - 1 ? call.main(operator, two) : call.node(operator, two);
    }
    return new Written(result, call.shape(), inputs.getFirst().map());
  }

  /** Single pixels and single channels are repeated by the operator. */
  private static Written multiply(WriteCall call) {
    List<Written> inputs = call.inputs();
    boolean same = inputs.stream().allMatch(x -> x.shape().equals(call.shape()));
    if (same) {
      return chain(call, "Mul");
    }
    if (!call.shape().isFlat()) {
      return chain(call, "Mul", inputs.stream().map(call::image).toList());
    }
    Written product = chain(call, "Mul", inputs.stream().map(call::inMemory).toList());
    return Written.inMemory(product.name(), call.shape());
  }

  private static Written concatenate(WriteCall call) {
    boolean images = call.inputs().stream().allMatch(Written::isImage);
    if (images || !call.shape().isFlat()) {
      List<Written> parts = call.inputs().stream().map(call::image).toList();
      return Written.image(join(call, parts), call.shape());
    }
    return Written.inMemory(
        join(call, call.inputs().stream().map(call::inMemory).toList()), call.shape());
  }

  private static String join(WriteCall call, List<Written> parts) {
    return call.main("Concat", WriteCall.names(parts), Sheet.integer("axis", 1));
  }

  private static Written relu6(WriteCall call) {
    Written x = call.x();
    List<String> inputs = List.of(x.name(), call.sheet().number(0), call.sheet().number(6));
    return x.with(call.main("Clip", inputs));
  }

  /** {@code x * sigmoid(x)}. */
  private static Written silu(WriteCall call) {
    String x = call.x().name();
    String gate = call.node("Sigmoid", List.of(x));
    return call.x().with(call.main("Mul", List.of(x, gate)));
  }

  /** {@code x * tanh(softplus(x))}. */
  private static Written mish(WriteCall call) {
    String x = call.x().name();
    if (call.opset() >= MISH) {
      return call.x().with(call.main("Mish", List.of(x)));
    }
    String gate = call.node("Tanh", List.of(call.node("Softplus", List.of(x))));
    return call.x().with(call.main("Mul", List.of(x, gate)));
  }

  /** {@code softplus(beta * x) / beta}. */
  private static Written softplus(WriteCall call) {
    double beta = call.description().number("beta", 1);
    String x = call.x().name();
    if (beta == 1) {
      return call.x().with(call.main("Softplus", List.of(x)));
    }
    String number = call.sheet().number(beta);
    String scaled = call.node("Softplus", List.of(call.node("Mul", List.of(x, number))));
    return call.x().with(call.main("Div", List.of(scaled, number)));
  }

  /** {@code x * (1 + erf(x / sqrt 2)) / 2}, or the same with its approximation by tanh. */
  private static Written gelu(WriteCall call) {
    boolean tanh = call.description().flag("tanh", false);
    String x = call.x().name();
    if (call.opset() >= GELU) {
      AttributeProto how = Sheet.text("approximate", tanh ? "tanh" : "none");
      return call.x().with(call.main("Gelu", List.of(x), how));
    }
    Sheet sheet = call.sheet();
    String curve;
    if (tanh) {
      String cube = call.node("Pow", List.of(x, sheet.number(3)));
      String cubic = call.node("Mul", List.of(cube, sheet.number(CUBIC)));
      String sum = call.node("Add", List.of(x, cubic));
      String scaled = call.node("Mul", List.of(sum, sheet.number(ROOT_TWO_OVER_PI)));
      curve = call.node("Tanh", List.of(scaled));
    } else {
      String scaled = call.node("Div", List.of(x, sheet.number(ROOT_TWO)));
      curve = call.node("Erf", List.of(scaled));
    }
    String twice = call.node("Mul", List.of(x, call.node("Add", List.of(curve, sheet.number(1)))));
    return call.x().with(call.main("Mul", List.of(twice, sheet.number(0.5))));
  }

  private static Written prelu(WriteCall call) {
    boolean perChannel = call.description().flag("per_channel", false);
    Written x = perChannel ? call.channels(call.x()) : call.x();
    String slope = perChannel ? call.perChannel("weight", x, true) : call.tensor("weight");
    return x.with(call.main("PRelu", List.of(x.name(), slope)));
  }

  /** Does nothing in an inference, but says what a training would do. */
  private static Written dropout(WriteCall call) {
    List<String> inputs = new ArrayList<>(List.of(call.x().name()));
    inputs.add(call.sheet().number(call.description().number("p", 0)));
    return call.x().with(call.main("Dropout", inputs));
  }

  private static Written softmax(WriteCall call) {
    Written x = call.channels(call.x());
    return x.with(call.main("Softmax", List.of(x.name()), Sheet.integer("axis", 1)));
  }
}
