// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Celu;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Elu;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Selu;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.graph.Layer;
import java.util.Arrays;
import java.util.Map;

/** Operators that treat each element by itself, or several in the same place. */
final class ElementOperators {
  private static final double LOWEST = Double.NEGATIVE_INFINITY;
  private static final double HIGHEST = Double.POSITIVE_INFINITY;

  /** The version from which operands are aligned at their last axes, as in NumPy. */
  private static final int RIGHT_ALIGNED = 7;

  private static final double SELU_ALPHA = 1.6732632;
  private static final double SELU_GAMMA = 1.050701;

  private ElementOperators() {}

  static void addTo(Map<String, Operator> all) {
    unary(all, "Abs", PointOp.ABS);
    unary(all, "Acos", PointOp.ACOS);
    unary(all, "Acosh", PointOp.ACOSH);
    unary(all, "Asin", PointOp.ASIN);
    unary(all, "Asinh", PointOp.ASINH);
    unary(all, "Atan", PointOp.ATAN);
    unary(all, "Atanh", PointOp.ATANH);
    unary(all, "Ceil", PointOp.CEIL);
    unary(all, "Cos", PointOp.COS);
    unary(all, "Cosh", PointOp.COSH);
    unary(all, "Erf", PointOp.ERF);
    unary(all, "Exp", PointOp.EXP);
    unary(all, "Floor", PointOp.FLOOR);
    unary(all, "IsNaN", PointOp.IS_NAN);
    unary(all, "Log", PointOp.LOG);
    unary(all, "Neg", PointOp.NEG);
    unary(all, "Not", PointOp.NOT);
    unary(all, "Reciprocal", PointOp.RECIPROCAL);
    unary(all, "Round", PointOp.ROUND);
    unary(all, "Sign", PointOp.SIGN);
    unary(all, "Sin", PointOp.SIN);
    unary(all, "Sinh", PointOp.SINH);
    unary(all, "Softsign", PointOp.SOFTSIGN);
    unary(all, "Sqrt", PointOp.SQRT);
    unary(all, "Tan", PointOp.TAN);

    binary(all, "Add", PointOp.ADD);
    binary(all, "And", PointOp.AND);
    binary(all, "Equal", PointOp.EQUAL);
    binary(all, "Greater", PointOp.GREATER);
    binary(all, "GreaterOrEqual", PointOp.GREATER_OR_EQUAL);
    binary(all, "Less", PointOp.LESS);
    binary(all, "LessOrEqual", PointOp.LESS_OR_EQUAL);
    binary(all, "Mul", PointOp.MUL);
    binary(all, "Or", PointOp.OR);
    binary(all, "Pow", PointOp.POW);
    binary(all, "Sub", PointOp.SUB);
    binary(all, "Xor", PointOp.XOR);
    all.put("Div", Operator.one(ElementOperators::div));
    all.put("Mod", Operator.one(ElementOperators::mod));
    all.put("Where", Operator.one(ElementOperators::where));

    all.put("Max", Operator.one(call -> chain(call, PointOp.MAX)));
    all.put("Min", Operator.one(call -> chain(call, PointOp.MIN)));
    all.put("Sum", Operator.one(call -> chain(call, PointOp.ADD)));
    all.put("Mean", Operator.one(ElementOperators::mean));

    layer(all, "Celu", call -> new Celu(call.real("alpha", 1)));
    layer(all, "Elu", call -> new Elu(call.real("alpha", 1)));
    layer(all, "Gelu", ElementOperators::gelu);
    layer(all, "HardSwish", call -> new HardSwish());
    layer(all, "LeakyRelu", call -> new LeakyRelu(call.real("alpha", 0.01)));
    layer(all, "Mish", call -> new Mish());
    layer(all, "Softplus", call -> new Softplus());
    all.put("Relu", Operator.one(call -> known(call, PointOp.RELU, new Relu())));
    all.put("Sigmoid", Operator.one(call -> known(call, PointOp.SIGMOID, new Sigmoid())));
    all.put("Tanh", Operator.one(call -> known(call, PointOp.TANH, new Tanh())));

    all.put("Clip", Operator.one(ElementOperators::clip));
    all.put("Dropout", ElementOperators::dropout);
    all.put("HardSigmoid", Operator.one(ElementOperators::hardSigmoid));
    all.put("Identity", Operator.one(call -> call.input(0)));
    all.put("IsInf", Operator.one(ElementOperators::isInf));
    all.put("PRelu", Operator.one(ElementOperators::prelu));
    all.put("Selu", Operator.one(ElementOperators::selu));
    all.put("Shrink", Operator.one(ElementOperators::shrink));
    all.put("Swish", Operator.one(ElementOperators::swish));
    all.put("ThresholdedRelu", Operator.one(ElementOperators::threshold));
  }

  private static void unary(Map<String, Operator> all, String name, PointOp op) {
    all.put(name, Operator.one(call -> pointwise(call, op)));
  }

  private static void binary(Map<String, Operator> all, String name, PointOp op) {
    all.put(name, Operator.one(call -> pointwise(call, op)));
  }

  /** What a node makes its layer of. */
  @FunctionalInterface
  private interface Maker {
    Layer make(Call call);
  }

  private static void layer(Map<String, Operator> all, String name, Maker maker) {
    all.put(name, Operator.one(call -> call.wiring().each(call.input(0), maker.make(call))));
  }

  static Value pointwise(Call call, PointOp op) {
    Value[] operands = new Value[op.arity()];
    Arrays.setAll(operands, call::input);
    if (call.opset() < RIGHT_ALIGNED && op.arity() == 2 && call.has("axis")) {
      operands[1] = aligned(call, operands[0], operands[1]);
    }
    return pointwise(call.wiring(), op, operands);
  }

  /** The second operand, whose axes old models put below those of the first from one on. */
  private static Value aligned(Call call, Value first, Value second) {
    int rank = first.dims().length;
    int[] dims = second.dims();
    int axis = Call.axis(call.integer("axis", 0), rank);
    if (axis + dims.length > rank) {
      throw new ImportFault("its second input has axes beyond those of the first");
    }
    int[] all = new int[rank - axis];
    Arrays.fill(all, 1);
    System.arraycopy(dims, 0, all, 0, dims.length);
    return call.wiring().axes().reshape(second, all);
  }

  static Value pointwise(Wiring wiring, PointOp op, Value... operands) {
    return wiring.elements().pointwise(op, LOWEST, HIGHEST, operands);
  }

  private static Value known(Call call, PointOp op, Layer layer) {
    return call.input(0) instanceof Constant
        ? pointwise(call, op)
        : call.wiring().each(call.input(0), layer);
  }

  private static Value div(Call call) {
    Value quotient = pointwise(call, PointOp.DIV);
    boolean whole = call.input(0).type() != Type.FLOAT && call.input(1).type() != Type.FLOAT;
    return whole && quotient instanceof Activation
        ? pointwise(call.wiring(), PointOp.TRUNCATE, quotient)
        : quotient;
  }

  private static Value mod(Call call) {
    return pointwise(call, call.flag("fmod", false) ? PointOp.FMOD : PointOp.MOD);
  }

  private static Value where(Call call) {
    return pointwise(call, PointOp.WHERE);
  }

  private static Value chain(Call call, PointOp op) {
    Value result = call.input(0);
    for (int i = 1; i < call.inputs(); i++) {
      result = pointwise(call.wiring(), op, result, call.input(i));
    }
    return result;
  }

  private static Value mean(Call call) {
    Constant count = Constant.of(new int[0], new float[] {call.inputs()});
    return pointwise(call.wiring(), PointOp.DIV, chain(call, PointOp.ADD), count);
  }

  private static Layer gelu(Call call) {
    return call.text("approximate", "none").equals("tanh") ? Gelu.tanh() : new Gelu();
  }

  private static Value clip(Call call) {
    Value x = call.input(0);
    boolean attributes = call.opset() < 11;
    for (int bound = 1; bound < 3; bound++) {
      if (call.optional(bound) instanceof Activation limit) {
        PointOp op = bound == 1 ? PointOp.MAX : PointOp.MIN;
        x = pointwise(call.wiring(), op, x, limit);
      }
    }
    double low = attributes ? call.real("min", LOWEST) : bound(call.optional(1), LOWEST);
    double high = attributes ? call.real("max", HIGHEST) : bound(call.optional(2), HIGHEST);
    low = low <= -Float.MAX_VALUE ? LOWEST : low;
    high = high >= Float.MAX_VALUE ? HIGHEST : high;
    if (x instanceof Activation && low == 0 && (high == 6 || high == HIGHEST)) {
      return call.wiring().each(x, high == 6 ? new Relu6() : new Relu());
    }
    return low == LOWEST && high == HIGHEST
        ? x
        : call.wiring().elements().pointwise(PointOp.CLIP, low, high, x);
  }

  private static double bound(Value value, double usual) {
    if (!(value instanceof Constant constant)) {
      return usual;
    }
    if (constant.size() != 1) {
      throw new ImportFault("a bound must be one number, but there are " + constant.size());
    }
    return Call.decimal(constant.real(0));
  }

  /** Nothing in an inference; drops in a training as often as the model says. */
  private static Value[] dropout(Call call) {
    Constant training = call.optionalConstant(2);
    if (training != null && training.size() == 1 && training.real(0) != 0) {
      throw new ImportFault("it drops at random, as in a training: export the model for inference");
    }
    Constant given = call.optionalConstant(1);
    double ratio =
        given == null ? call.real("ratio", 0.5) : given.size() == 1 ? given.real(0) : Double.NaN;
    Value x = call.input(0);
    return new Value[] {
      x instanceof Activation a && ratio > 0 && ratio < 1
          ? call.wiring().each(a, new Dropout(Call.decimal((float) ratio)))
          : x
    };
  }

  private static Value hardSigmoid(Call call) {
    double alpha = call.real("alpha", 0.2);
    double beta = call.real("beta", 0.5);
    return Math.abs(alpha - 1.0 / 6) < 1e-6 && beta == 0.5
        ? call.wiring().each(call.input(0), new HardSigmoid())
        : call.wiring().elements().pointwise(PointOp.HARD_SIGMOID, alpha, beta, call.input(0));
  }

  private static Value isInf(Call call) {
    boolean low = call.flag("detect_negative", true);
    boolean high = call.flag("detect_positive", true);
    if (low && high) {
      return pointwise(call, PointOp.IS_INF);
    }
    float most = low ? -Float.MAX_VALUE : high ? Float.MAX_VALUE : Float.POSITIVE_INFINITY;
    Constant limit = Constant.of(new int[0], new float[] {most});
    return pointwise(call.wiring(), low ? PointOp.LESS : PointOp.GREATER, call.input(0), limit);
  }

  private static Value prelu(Call call) {
    Wiring wiring = call.wiring();
    if (call.input(0) instanceof Activation x && call.input(1) instanceof Constant given) {
      Constant slope = given;
      if (call.opset() < RIGHT_ALIGNED && given.size() > 1) { // a slope for each channel
        int[] dims = new int[Math.max(1, x.dims().length - 1)];
        Arrays.fill(dims, 1);
        dims[0] = given.size();
        slope = given.reshape(dims);
      }
      if (slope.size() == 1) {
        PRelu layer = new PRelu();
        return x.with(wiring.layer(layer, Map.of("weight", slope.reals()), x.draft()));
      }
      boolean[] channel = new boolean[x.dims().length];
      int channels = channel.length > 1 ? x.dims()[1] : 0;
      if (slope.size() == channels) {
        channel[1] = true;
        Activation last = wiring.innermost(x, channel);
        float[] slopes = wiring.elements().perChannel(slope, last, channels);
        if (slopes != null) {
          PRelu layer = new PRelu().perChannel();
          return last.with(
              wiring.layer(layer, Map.of("weight", slopes), wiring.rows(last.draft(), channels)));
        }
      }
    }
    return pointwise(call, PointOp.PRELU);
  }

  private static Value selu(Call call) {
    double alpha = call.real("alpha", SELU_ALPHA);
    double gamma = call.real("gamma", SELU_GAMMA);
    return (float) alpha == (float) SELU_ALPHA && (float) gamma == (float) SELU_GAMMA
        ? call.wiring().each(call.input(0), new Selu())
        : call.wiring().elements().pointwise(PointOp.SELU, alpha, gamma, call.input(0));
  }

  private static Value shrink(Call call) {
    return call.wiring()
        .elements()
        .pointwise(PointOp.SHRINK, call.real("lambd", 0.5), call.real("bias", 0), call.input(0));
  }

  private static Value swish(Call call) {
    double alpha = call.real("alpha", 1);
    return alpha == 1
        ? call.wiring().each(call.input(0), new Silu())
        : call.wiring().elements().pointwise(PointOp.SWISH, alpha, HIGHEST, call.input(0));
  }

  private static Value threshold(Call call) {
    double alpha = call.real("alpha", 1);
    return call.wiring().elements().pointwise(PointOp.THRESHOLD, alpha, HIGHEST, call.input(0));
  }
}
