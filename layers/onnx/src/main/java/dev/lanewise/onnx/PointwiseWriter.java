// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Writes {@link Pointwise}: functions of elements with operands that are repeated. Where these are
 * whole rows, columns or channels, images stay images; otherwise the order of memory is restored.
 */
final class PointwiseWriter {
  private static final AttributeProto REAL = to(TensorProto.DataType.FLOAT);
  private static final AttributeProto WHOLE = to(TensorProto.DataType.INT64);
  private static final AttributeProto TRUTH = to(TensorProto.DataType.BOOL);

  private final WriteCall call;
  private final Pointwise layer;
  private final Shape shape;

  private PointwiseWriter(WriteCall call) {
    this.call = call;
    layer = (Pointwise) call.node().layer();
    shape = layer.shape();
  }

  private static AttributeProto to(TensorProto.DataType type) {
    return Sheet.integer("to", type.getNumber());
  }

  static Written write(WriteCall call) {
    return new PointwiseWriter(call).write();
  }

  private Written write() {
    if (isOfOne()) {
      Written x = call.shaped(call.x(), shape);
      return x.with(apply(operands(List.of(x), this::number)));
    }
    int[][] axes = new int[layer.op().arity()][];
    Arrays.setAll(axes, this::axes);
    boolean images = Arrays.stream(axes).allMatch(own -> own != null) && !shape.isFlat();
    return images ? ofImages(axes) : inMemory();
  }

  /** Whether one operand has all elements, and the others are single numbers. */
  private boolean isOfOne() {
    boolean numbers =
        layer.constants().stream().allMatch(i -> Attributes.product(layer.operands()[i]) == 1);
    return numbers && call.inputs().size() == 1 && call.x().shape().size() == shape.size();
  }

  private Written ofImages(int[][] axes) {
    List<Written> inputs = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < axes.length; i++) {
      if (!layer.constants().contains(i)) {
        int[] own = axes[i];
        Written x = call.inputs().get(next++);
        inputs.add(call.image(call.shaped(x, new Shape(own[0], own[1], own[2]))));
      }
    }
    return Written.image(apply(operands(inputs, i -> channelsFirst(i, axes[i]))), shape);
  }

  private Written inMemory() {
    List<Written> inputs = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < layer.op().arity(); i++) {
      if (!layer.constants().contains(i)) {
        Written x = call.inMemory(call.inputs().get(next++));
        inputs.add(x.with(call.reshape(x.name(), layer.operands()[i])));
      }
    }
    String y = apply(operands(inputs, this::asItIs));
    return Written.inMemory(call.reshape(y, shape.size()), shape);
  }

  /** The names of all operands. */
  private List<String> operands(List<Written> inputs, IntFunction<String> constants) {
    List<String> operands = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < layer.op().arity(); i++) {
      operands.add(layer.constants().contains(i) ? constants.apply(i) : inputs.get(next++).name());
    }
    return operands;
  }

  /**
   * Which of rows, columns and channels an operand has: of each as many as the result, or one.
   *
   * @return {@code [H, W, C]}; {@code null} if its axes are not these
   */
  private int[] axes(int operand) {
    int[] sizes = layer.sizes();
    int[] own = layer.operands()[operand];
    int[] wanted = {shape.height(), shape.width(), shape.channels()};
    int[] result = {1, 1, 1};
    int axis = sizes.length - 1;
    for (int t = 2; t >= 0; t--) {
      int product = 1;
      int owned = 1;
      while (axis >= 0 && (product < wanted[t] || sizes[axis] == 1)) {
        product *= sizes[axis];
        owned *= own[axis--];
      }
      if (product != wanted[t] || owned != 1 && owned != product) {
        return null;
      }
      result[t] = owned;
    }
    return result;
  }

  private String tensor(int operand) {
    return layer.trained() ? "weight" : "constant" + operand;
  }

  private String number(int operand) {
    return layer.trained()
        ? call.tensor(tensor(operand), Layout.same(1))
        : call.sheet().number(call.values(tensor(operand))[0]);
  }

  private String channelsFirst(int operand, int... own) {
    Layout layout = Layout.image(new Shape(own[0], own[1], own[2]));
    return call.tensor(tensor(operand), layout, layout.dims());
  }

  private String asItIs(int operand) {
    int[] own = layer.operands()[operand];
    return call.tensor(tensor(operand), Layout.same(own), own);
  }

  // ---------------------------------------------------------------- operators

  private String apply(List<String> x) {
    Sheet sheet = call.sheet();
    double a = layer.a();
    double b = layer.b();
    return switch (layer.op()) {
      case CLIP -> call.main("Clip", List.of(x.get(0), sheet.number(a), sheet.number(b)));
      case HARD_SIGMOID ->
          call.main("HardSigmoid", x, Sheet.real("alpha", a), Sheet.real("beta", b));
      case SELU -> call.main("Selu", x, Sheet.real("alpha", a), Sheet.real("gamma", b));
      case SHRINK -> call.main("Shrink", x, Sheet.real("lambd", a), Sheet.real("bias", b));
      case THRESHOLD -> call.main("ThresholdedRelu", x, Sheet.real("alpha", a));
      case SWISH -> {
        String scaled = call.node("Mul", List.of(x.get(0), sheet.number(a)));
        yield call.main("Mul", List.of(x.get(0), call.node("Sigmoid", List.of(scaled))));
      }
      case TRUNCATE -> real(cast(x, WHOLE).getFirst());
      case TRUTH -> real(cast(x, TRUTH).getFirst());
      case FMOD -> call.main("Mod", x, Sheet.integer("fmod", 1));
      case MOD -> mod(x);
      case AND, NOT, OR, XOR -> real(call.node(operator(), cast(x, TRUTH)));
      case EQUAL, GREATER, GREATER_OR_EQUAL, IS_INF, IS_NAN, LESS, LESS_OR_EQUAL ->
          real(call.node(operator(), x));
      case WHERE -> {
        String truth = cast(x.subList(0, 1), TRUTH).getFirst();
        yield call.main("Where", List.of(truth, x.get(1), x.get(2)));
      }
      default -> call.main(operator(), x);
    };
  }

  /** The remainder has the sign of x: if that is not the one of y, y is added. */
  private String mod(List<String> x) {
    String y = x.get(1);
    String rest = call.node("Mod", x, Sheet.integer("fmod", 1));
    String signs = call.node("Mul", List.of(sign(rest), sign(y)));
    String other = call.node("Less", List.of(signs, call.sheet().number(0)));
    return call.main("Where", List.of(other, call.node("Add", List.of(rest, y)), rest));
  }

  private String sign(String x) {
    return call.node("Sign", List.of(x));
  }

  /** Such as {@code GreaterOrEqual}. */
  private String operator() {
    return switch (layer.op()) {
      case PRELU -> "PRelu";
      case IS_NAN -> "IsNaN";
      default -> {
        StringBuilder name = new StringBuilder();
        for (String word : layer.op().toString().split("_", -1)) {
          name.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
        }
        yield name.toString();
      }
    };
  }

  private List<String> cast(List<String> x, AttributeProto type) {
    return x.stream().map(each -> call.node("Cast", List.of(each), type)).toList();
  }

  private String real(String x) {
    return call.main("Cast", List.of(x), REAL);
  }
}
