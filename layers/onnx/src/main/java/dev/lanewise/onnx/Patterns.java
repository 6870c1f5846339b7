// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Add;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.graph.Layer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers that exporters write as several operators, and constants that a layer in front can take
 * over. Each is found at its last operator, by a look at the drafts before it; these stay behind if
 * nothing else needs them.
 */
final class Patterns {
  private static final float ROOT_HALF = 0.70710677f;
  private static final float ROOT_TWO = 1.4142135f;
  private static final float CUBIC = 0.044715f; // of GELU by tanh
  private static final float ROOT_TWO_OVER_PI = 0.7978846f;

  /** How far a number may be from that of the pattern, relative to it: exporters round. */
  private static final double CLOSE = 1e-4;

  private Patterns() {}

  /**
   * The layer that a function of elements completes.
   *
   * @return {@code null} if it is just itself
   */
  static Activation match(Wiring wiring, PointOp op, double a, double b, Value[] operands) {
    if (operands.length != 2) {
      return null;
    }
    if (operands[0] instanceof Activation x && operands[1] instanceof Activation y) {
      return x.view().equals(y.view())
          ? ofTwo(wiring, op, x, y)
          : op == PointOp.DIV ? layerNorm(wiring, x, y) : null;
    }
    boolean first = operands[0] instanceof Activation;
    Activation x = (Activation) operands[first ? 0 : 1];
    Constant c = (Constant) operands[first ? 1 : 0];
    if (Elements.broadcast(operands).length != x.dims().length
        || !Arrays.equals(Elements.broadcast(operands), x.dims())) {
      return null;
    }
    Draft known = c.size() == 1 ? scaled(wiring, op, first, x.draft(), c.real(0)) : null;
    if (known == null && (op == PointOp.ADD || op == PointOp.MUL)) {
      known = takenOver(wiring, op, x, c);
    }
    return known == null ? null : x.with(known);
  }

  private static Activation ofTwo(Wiring wiring, PointOp op, Activation x, Activation y) {
    if (op != PointOp.MUL) {
      return op == PointOp.DIV ? layerNorm(wiring, x, y) : null;
    }
    Draft gated = gated(wiring, x.draft(), y.draft());
    if (gated == null) {
      gated = gated(wiring, y.draft(), x.draft());
    }
    return gated == null ? null : x.with(gated);
  }

  /** {@code x * gate(x)}. */
  private static Draft gated(Wiring wiring, Draft x, Draft gate) {
    Layer layer = gate.layer();
    if (layer instanceof Sigmoid && same(input(gate), x)) {
      return each(wiring, new Silu(), x);
    }
    if (layer instanceof HardSigmoid && same(input(gate), x)) {
      return each(wiring, new HardSwish(), x);
    }
    boolean mish =
        layer instanceof Tanh
            && input(gate).layer() instanceof Softplus
            && same(input(input(gate)), x);
    if (mish) {
      return each(wiring, new Mish(), x);
    }
    // GELU: x * P(x) where P has its half, or x has it.
    Draft half = operand(gate, PointOp.MUL, 0.5f);
    if (half != null && gelu(half, x) != null) {
      return each(wiring, gelu(half, x), x);
    }
    Draft halved = operand(x, PointOp.MUL, 0.5f);
    return halved != null && gelu(gate, halved) != null
        ? each(wiring, gelu(gate, halved), halved)
        : null;
  }

  /** Of {@code 1 + erf(x / sqrt 2)} or its approximation; {@code null} if it is neither. */
  private static Gelu gelu(Draft twice, Draft x) {
    Draft curve = operand(twice, PointOp.ADD, 1);
    if (curve == null) {
      return null;
    }
    if (isPointwise(curve, PointOp.ERF)) {
      Draft argument = operand(input(curve), PointOp.DIV, ROOT_TWO);
      argument = argument == null ? operand(input(curve), PointOp.MUL, ROOT_HALF) : argument;
      return argument != null && same(argument, x) ? new Gelu() : null;
    }
    if (curve.layer() instanceof Tanh) {
      Draft sum = operand(input(curve), PointOp.MUL, ROOT_TWO_OVER_PI);
      if (sum != null && sum.inputs().size() == 2 && sum.layer() instanceof Add) {
        boolean inOrder = same(sum.inputs().get(0), x);
        Draft cubed = operand(sum.inputs().get(inOrder ? 1 : 0), PointOp.MUL, CUBIC);
        Draft base = cubed == null ? null : operand(cubed, PointOp.POW, 3);
        boolean fits = base != null && same(base, x) && same(sum.inputs().get(inOrder ? 0 : 1), x);
        return fits ? Gelu.tanh() : null;
      }
    }
    return null;
  }

  /** A pattern that ends with a single number: {@code x * 0.5}, {@code x / 6}. */
  private static Draft scaled(Wiring wiring, PointOp op, boolean first, Draft x, float c) {
    boolean sixth =
        op == PointOp.DIV && first && close(c, 6) || op == PointOp.MUL && close(c, 1f / 6);
    if (sixth && x.layer() instanceof Relu6) {
      Draft base = operand(input(x), PointOp.ADD, 3);
      return base == null ? null : each(wiring, new HardSigmoid(), base);
    }
    if (sixth && x.layer() instanceof Multiply && x.inputs().size() == 2) {
      for (int i = 0; i < 2; i++) {
        Draft clipped = x.inputs().get(i);
        Draft other = x.inputs().get(1 - i);
        Draft base =
            clipped.layer() instanceof Relu6 ? operand(input(clipped), PointOp.ADD, 3) : null;
        if (base != null && same(base, other)) {
          return each(wiring, new HardSwish(), other);
        }
      }
    }
    boolean half = op == PointOp.MUL && close(c, 0.5f) || op == PointOp.DIV && first && close(c, 2);
    if (half && x.layer() instanceof Multiply && x.inputs().size() == 2) {
      for (int i = 0; i < 2; i++) {
        Gelu gelu = gelu(x.inputs().get(i), x.inputs().get(1 - i));
        if (gelu != null) {
          return each(wiring, gelu, x.inputs().get(1 - i));
        }
      }
    }
    return null;
  }

  /** A bias or a factor for each channel, which the layer in front takes into its own tensors. */
  private static Draft takenOver(Wiring wiring, PointOp op, Activation x, Constant c) {
    Draft draft = x.draft();
    int channels = draft.shape().channels();
    Layer layer = draft.layer();
    boolean linear = layer instanceof Conv2d || layer instanceof Dense;
    boolean normal =
        layer instanceof LayerNorm n && n.description().flag("per_pixel", false) && c.size() > 1;
    if (!linear && !normal || wiring.isShared(draft)) {
      return null;
    }
    boolean bias = layer.description().flag("bias", true);
    boolean affine = layer.description().flag("affine", true);
    boolean fits =
        linear
            ? op == PointOp.MUL || !bias
            : op == PointOp.MUL ? !affine : affine && allZero(draft.tensors().get("bias"));
    float[] each = fits ? wiring.elements().perChannel(c, x, channels) : null;
    if (each == null) {
      return null;
    }
    Map<String, float[]> tensors = new HashMap<>(draft.tensors());
    if (op == PointOp.ADD) {
      tensors.put("bias", each);
    } else if (normal) {
      tensors.put("weight", each);
      tensors.put("bias", new float[channels]);
    } else {
      tensors.replaceAll((name, values) -> scaled(wiring, layer, name, values, each));
    }
    Layer with =
        switch (layer) {
          case Conv2d conv -> conv.bias(bias || op == PointOp.ADD);
          case Dense dense -> dense.bias(bias || op == PointOp.ADD);
          default -> ((LayerNorm) layer).affine(true);
        };
    return wiring.layer(with, tensors, draft.name(), draft.inputs().toArray(Draft[]::new));
  }

  private static float[] scaled(
      Wiring wiring, Layer layer, String name, float[] values, float[] factors) {
    wiring.budget().take(values.length);
    float[] scaled = new float[values.length];
    int each = values.length / factors.length;
    boolean rows = layer instanceof Dense && name.equals("weight");
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = values[i] * factors[rows ? i / each : i % factors.length];
    }
    return scaled;
  }

  private static boolean allZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  /** {@code (x - mean) / sqrt(mean((x - mean)^2) + eps)}, with means of the channels of pixels. */
  private static Activation layerNorm(Wiring wiring, Activation centred, Activation deviation) {
    Draft d = centred.draft();
    if (!isPointwise(d, PointOp.SUB) || d.inputs().size() != 2) {
      return null;
    }
    Draft x = d.inputs().get(0);
    int length = meanLength(d.inputs().get(1), x);
    Draft root = deviation.draft().stripped();
    Draft sum = isPointwise(root, PointOp.SQRT) ? input(root) : operand(root, PointOp.POW, 0.5f);
    if (length == 0 || sum == null || !isPointwise(sum, PointOp.ADD) || number(sum) == null) {
      return null;
    }
    Draft variance = input(sum).stripped();
    if (!(variance.layer() instanceof Reduce)) {
      return null;
    }
    Draft square = input(variance);
    Draft base = operand(square, PointOp.POW, 2);
    boolean product =
        square.layer() instanceof Multiply && square.inputs().stream().allMatch(i -> same(i, d));
    float eps = number(sum);
    if (!(product || base != null && same(base, d))
        || meanLength(variance, square) != length
        || !(eps > 0)) {
      return null;
    }
    LayerNorm layer = LayerNorm.perPixel().eps(eps).affine(false);
    return centred.with(wiring.layer(layer, Map.of(), wiring.rows(x, length)));
  }

  /** How many channels of each pixel of x a draft is the mean of; 0 if it is not. */
  private static int meanLength(Draft mean, Draft x) {
    Draft draft = mean.stripped();
    if (!(draft.layer() instanceof Reduce reduce)
        || reduce.op() != ReduceOp.MEAN
        || !same(input(draft), x)
        || reduce.reduced().length != 1) {
      return 0;
    }
    int[] table = reduce.reduced()[0];
    return table.length > 1 && table[1] == 1 ? table.length : 0;
  }

  private static Draft each(Wiring wiring, Layer layer, Draft x) {
    return wiring.layer(layer, Map.of(), x);
  }

  private static Draft input(Draft draft) {
    return draft.inputs().isEmpty() ? draft : draft.inputs().getFirst();
  }

  private static boolean same(Draft a, Draft b) {
    return a.stripped() == b.stripped();
  }

  private static boolean isPointwise(Draft draft, PointOp op) {
    return draft.layer() instanceof Pointwise p && p.op() == op;
  }

  /** The other operand of a function of an activation and a number; {@code null} if it is none. */
  private static Draft operand(Draft draft, PointOp op, float number) {
    Float is = isPointwise(draft, op) ? number(draft) : null;
    if (is == null) {
      return null;
    }
    boolean second = ((Pointwise) draft.layer()).constants().equals(List.of(1));
    boolean fits = close(is, number) && (second || op == PointOp.ADD || op == PointOp.MUL);
    return fits ? input(draft) : null;
  }

  /** The number that is the constant of a function of elements; {@code null} if there is none. */
  private static Float number(Draft draft) {
    return draft.layer() instanceof Pointwise p
            && p.constants().size() == 1
            && draft.tensors().size() == 1
            && draft.tensors().values().iterator().next().length == 1
        ? (Float) draft.tensors().values().iterator().next()[0]
        : null;
  }

  private static boolean close(float is, float wanted) {
    return Math.abs(is - wanted) <= CLOSE * Math.abs(wanted);
  }
}
