// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Add;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Functions of elements, with operands that are repeated along axes where they have one element, as
 * in NumPy.
 */
final class Elements {
  private final Wiring wiring;
  private final int batch; // 0: the batch is not an axis of its own

  Elements(Wiring wiring) {
    this.wiring = wiring;
    batch = wiring.batch();
  }

  /** A function of elements, with operands repeated as in NumPy. */
  Value pointwise(PointOp op, double a, double b, Value... operands) {
    int[] dims = broadcast(operands);
    Type type = op.isTruth() ? Type.BOOL : operands[op == PointOp.WHERE ? 2 : 0].type();
    if (Arrays.stream(operands).allMatch(Constant.class::isInstance)) {
      return evaluate(op, (float) a, (float) b, dims, type, operands);
    }
    Activation found = Patterns.match(wiring, op, a, b, operands);
    if (found != null) {
      return found;
    }
    int[] inner = wiring.inner(dims, false);
    View out = outputView(inner, operands);
    Draft[] inputs = new Draft[op.arity()];
    int[][] sizes = new int[op.arity()][];
    List<Integer> constants = new ArrayList<>();
    Map<String, float[]> tensors = new HashMap<>();
    Constant only = null;
    for (int i = 0; i < operands.length; i++) {
      int[] own = padded(operands[i], dims.length);
      boolean[] full = new boolean[inner.length];
      for (int axis = 0; axis < inner.length; axis++) {
        full[axis] = own[axis] == inner[axis];
      }
      View part = out.restrict(full);
      sizes[i] = sizes(out, full);
      if (operands[i] instanceof Activation x) {
        View view = x.view().withLeading(inner.length - x.view().rank());
        inputs[i] = wiring.arrange(x.with(view), part).draft();
      } else {
        only = constants.isEmpty() ? (Constant) operands[i] : null;
        constants.add(i);
        tensors.put("constant" + i, wiring.inMemory(((Constant) operands[i]).reshape(own), part));
      }
    }
    Draft[] drafts = Arrays.stream(inputs).filter(d -> d != null).toArray(Draft[]::new);
    Draft layer = known(op, drafts, sizes, out);
    if (layer == null) {
      boolean trained = isTrained(op, only);
      if (trained) {
        tensors = Map.of("weight", tensors.values().iterator().next());
      }
      int[] factors = out.factors();
      Pointwise pointwise =
          new Pointwise(
              op,
              a,
              b,
              wiring.shape(out),
              factors.length == 0 ? new int[] {1} : factors,
              sizes,
              constants,
              trained);
      layer = wiring.layer(pointwise, tensors, drafts);
    }
    return new Activation(layer, out, batch, type);
  }

  /** A tensor of the file that is added or multiplied is a parameter; single numbers are not. */
  private static boolean isTrained(PointOp op, Constant constant) {
    boolean linear = op == PointOp.ADD || op == PointOp.MUL || op == PointOp.SUB;
    return linear
        && constant != null
        && constant.name() != null
        && constant.type() == Type.FLOAT
        && constant.size() > 1;
  }

  private static int[] sizes(View out, boolean[] full) {
    int[] factors = out.factors();
    int[] axisOf = out.axesOfFactors();
    int[] sizes = new int[Math.max(1, factors.length)];
    Arrays.fill(sizes, 1);
    for (int f = 0; f < factors.length; f++) {
      sizes[f] = full[axisOf[f]] ? factors[f] : 1;
    }
    return sizes;
  }

  /** The dimensions of an operand without the batch, filled up with ones. */
  private int[] padded(Value value, int rank) {
    int[] dims = value.dims();
    int[] all = new int[rank];
    Arrays.fill(all, 1);
    System.arraycopy(dims, 0, all, rank - dims.length, dims.length);
    if (batch == 0) {
      return all;
    }
    if (value instanceof Activation ? dims.length != rank : all[0] != 1) {
      throw new ImportFault.MixesBatch();
    }
    return Arrays.copyOfRange(all, 1, rank);
  }

  /** The order of an operand that is as large as the result, if there is one. */
  private View outputView(int[] inner, Value[] operands) {
    for (Value operand : operands) {
      if (operand instanceof Activation a && Arrays.equals(a.view().dims(), inner)) {
        return a.view();
      }
    }
    return wiring.standard(inner);
  }

  /** Sums and products that have a layer of their own. */
  private Draft known(PointOp op, Draft[] inputs, int[][] sizes, View out) {
    if (inputs.length != op.arity() || op != PointOp.ADD && op != PointOp.MUL) {
      return null;
    }
    int full = out.size();
    Draft first = inputs[0];
    Draft second = inputs[1];
    if (first.shape().size() == full && second.shape().size() == full) {
      Layer layer = op == PointOp.ADD ? new Add() : new Multiply();
      return wiring.layer(layer, Map.of(), first, wiring.shaped(second, first.shape()));
    }
    if (op != PointOp.MUL) {
      return null;
    }
    Draft large = first.shape().size() == full ? first : second;
    Draft small = large == first ? second : first;
    int[] of = sizes[large == first ? 1 : 0];
    int[] factors = out.factors();
    int channels = 1; // of the innermost factors that the small one has
    int f = of.length - 1;
    while (f >= 0 && of[f] == factors[f]) {
      channels *= factors[f--];
    }
    boolean perChannel = channels == small.shape().size() && large.shape().size() == full;
    return perChannel
        ? wiring.layer(
            new Multiply(),
            Map.of(),
            wiring.rows(large, channels),
            wiring.shaped(small, Shape.flat(channels)))
        : null;
  }

  /** The dimensions that operands are repeated to. */
  static int[] broadcast(Value... operands) {
    int rank = Arrays.stream(operands).mapToInt(v -> v.dims().length).max().orElse(0);
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    for (Value operand : operands) {
      int[] own = operand.dims();
      for (int i = 0; i < own.length; i++) {
        int axis = rank - own.length + i;
        if (own[i] != 1 && dims[axis] != 1 && own[i] != dims[axis]) {
          throw new ImportFault(
              "it takes "
                  + String.join(
                      " and ", Arrays.stream(operands).map(v -> Arrays.toString(v.dims())).toList())
                  + " together, which do not fit");
        }
        dims[axis] = own[i] == 1 ? dims[axis] : own[i];
      }
    }
    return dims;
  }

  private Constant evaluate(PointOp op, float a, float b, int[] dims, Type type, Value[] operands) {
    int count = Dims.size(dims);
    wiring.budget().take(count);
    Constant[] x = new Constant[3];
    for (int i = 0; i < 3; i++) {
      x[i] = (Constant) operands[Math.min(i, operands.length - 1)];
      if (!Arrays.equals(x[i].dims(), dims)) {
        x[i] = spread(x[i], dims);
      }
    }
    boolean real = Arrays.stream(x).anyMatch(c -> c.type() == Type.FLOAT) && op != PointOp.WHERE;
    real |= type == Type.FLOAT;
    float[] reals = real && type == Type.FLOAT ? new float[count] : null;
    long[] wholes = reals == null ? new long[count] : null;
    try {
      for (int i = 0; i < count; i++) {
        if (real) {
          float value = op.function().of(x[0].real(i), x[1].real(i), x[2].real(i), a, b);
          if (reals != null) {
            reals[i] = value;
          } else {
            wholes[i] = (long) value;
          }
        } else {
          wholes[i] = op.ofLongs(x[0].whole(i), x[1].whole(i), x[2].whole(i));
        }
      }
    } catch (ArithmeticException e) {
      throw new ImportFault("it divides by zero");
    }
    return new Constant(type, dims, reals, wholes, null);
  }

  private static Constant spread(Constant constant, int[] dims) {
    int[] own = constant.dims();
    int[][] offsets = constant.offsets();
    int[][] tables = new int[dims.length][];
    for (int axis = 0; axis < dims.length; axis++) {
      int from = axis - (dims.length - own.length);
      tables[axis] = from >= 0 && own[from] == dims[axis] ? offsets[from] : new int[dims[axis]];
    }
    return constant.take(dims, tables, 0);
  }

  /**
   * A constant as a number for each channel of an activation, in the order of memory.
   *
   * @param channels how many elements lie innermost
   * @return {@code null} if it is not that
   */
  float[] perChannel(Constant constant, Activation a, int channels) {
    int rank = a.dims().length;
    if (constant.dims().length > rank) {
      return null;
    }
    if (constant.size() == 1) {
      wiring.budget().take(channels);
      float[] same = new float[channels];
      Arrays.fill(same, constant.real(0));
      return same;
    }
    int[] own = padded(constant, rank);
    boolean[] full = new boolean[own.length];
    for (int axis = 0; axis < own.length; axis++) {
      full[axis] = own[axis] == a.view().dim(axis);
    }
    View part = a.view().restrict(full);
    int[] sizes = sizes(a.view(), full);
    int inner = 1;
    for (int f = sizes.length - 1; f >= 0 && inner < channels; f--) {
      inner *= sizes[f];
    }
    boolean fits = inner == channels && Dims.size(own) == channels && part.size() == channels;
    return fits ? wiring.inMemory(constant.reshape(own), part) : null;
  }
}
