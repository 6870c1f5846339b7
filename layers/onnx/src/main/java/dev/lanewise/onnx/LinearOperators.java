// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Products of matrices. */
final class LinearOperators {
  /** Multiply-adds that count as an element of the budget. */
  private static final int WORK = 1024;

  private LinearOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("Gemm", Operator.one(LinearOperators::gemm));
    all.put("MatMul", Operator.one(call -> matMul(call.wiring(), call.input(0), call.input(1))));
  }

  private static Value gemm(Call call) {
    Wiring wiring = call.wiring();
    Value a = call.input(0);
    Value b = call.input(1);
    Value c = call.optional(2);
    if (a.dims().length != 2 || b.dims().length != 2) {
      throw new ImportFault("its matrices need two dimensions");
    }
    a = call.flag("transA", false) ? wiring.axes().transpose(a, 1, 0) : a;
    boolean transposed = call.flag("transB", false);
    float alpha = (float) call.real("alpha", 1);
    float beta = (float) call.real("beta", 1);
    Value product;
    if (a instanceof Activation x && b instanceof Constant weights) {
      int outputs = weights.dims()[transposed ? 0 : 1];
      Constant bias = c instanceof Constant constant ? vector(constant, outputs) : null;
      product =
          dense(wiring, x, times(wiring, weights, alpha), transposed, times(wiring, bias, beta));
      if (bias != null) {
        return product;
      }
    } else {
      b = transposed ? wiring.axes().transpose(b, 1, 0) : b;
      product = times(wiring, matMul(wiring, a, b), alpha);
    }
    return c == null
        ? product
        : ElementOperators.pointwise(wiring, PointOp.ADD, product, times(wiring, c, beta));
  }

  /** A number for each output; {@code null} if it is not that. */
  private static Constant vector(Constant c, int outputs) {
    int[] dims = c.dims();
    boolean row = dims.length == 1 || dims.length == 2 && dims[0] == 1;
    return row && c.size() == outputs ? c : null;
  }

  private static Constant times(Wiring wiring, Constant value, float factor) {
    return value == null ? null : (Constant) times(wiring, (Value) value, factor);
  }

  private static Value times(Wiring wiring, Value value, float factor) {
    return factor == 1
        ? value
        : ElementOperators.pointwise(
            wiring, PointOp.MUL, value, Constant.of(new int[0], new float[] {factor}));
  }

  /**
   * {@code y[..., o] = sum over k of x[..., k] * weights[k, o] + bias[o]}: a dense layer for a row
   * in each image, a convolution over single pixels for several.
   *
   * @param transposed whether the weights are {@code [o, k]}
   * @param bias may be {@code null}
   */
  private static Value dense(
      Wiring wiring, Activation x, Constant weights, boolean transposed, Constant bias) {
    int rank = x.dims().length;
    int inputs = weights.dims()[transposed ? 1 : 0];
    int outputs = weights.dims()[transposed ? 0 : 1];
    if (x.dims()[rank - 1] != inputs) {
      throw new ImportFault(
          "it multiplies rows of " + x.dims()[rank - 1] + " by a matrix for " + inputs);
    }
    Dims.requireSome(weights.dims());
    boolean[] last = new boolean[rank];
    last[rank - 1] = true;
    Activation rows = wiring.innermost(x, last);
    int axis = rows.view().rank() - 1;
    boolean[] only = new boolean[rows.view().rank()];
    only[axis] = true;
    int[] at = rows.view().restrict(only).positions(0); // of each k in memory
    boolean single = rows.view().size() == inputs;
    wiring.budget().take(weights.size());
    float[] weight = new float[weights.size()];
    Constant.move(
        weights.reals(),
        Constant.steps(outputs, transposed ? inputs : 1),
        Constant.steps(inputs, transposed ? 1 : outputs),
        weight,
        Constant.steps(outputs, single ? inputs : 1),
        Arrays.stream(at).map(k -> single ? k : k * outputs).toArray());
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put("weight", weight);
    if (bias != null) {
      tensors.put("bias", bias.reals());
    }
    Layer layer =
        single
            ? new Dense(outputs).bias(bias != null)
            : new Conv2d(outputs, Window.valid(1)).bias(bias != null);
    Draft in =
        single
            ? wiring.shaped(rows.draft(), Shape.flat(inputs))
            : wiring.rows(rows.draft(), inputs);
    return rows.with(wiring.layer(layer, tensors, in), rows.view().replaceInner(axis, outputs));
  }

  private static Value matMul(Wiring wiring, Value a, Value b) {
    int[] left = a.dims();
    int[] right = b.dims();
    if (left.length == 0 || right.length == 0) {
      throw new ImportFault("it multiplies a single number");
    }
    if (left.length == 1) {
      int[] dims = Dims.prepend(1, left);
      Value product = matMul(wiring, wiring.axes().reshape(a, dims), b);
      return without(wiring, product, product.dims().length - (right.length == 1 ? 1 : 2));
    }
    if (right.length == 1) {
      Value product = matMul(wiring, a, wiring.axes().reshape(b, right[0], 1));
      return without(wiring, product, product.dims().length - 1);
    }
    if (left[left.length - 1] != right[right.length - 2]) {
      throw new ImportFault(
          "it multiplies " + Arrays.toString(left) + " by " + Arrays.toString(right));
    }
    if (a instanceof Activation x && b instanceof Constant weights && right.length == 2) {
      return dense(wiring, x, weights, false, null);
    }
    return product(wiring, a, b);
  }

  private static Value without(Wiring wiring, Value value, int axis) {
    int[] dims = value.dims();
    int[] rest = new int[dims.length - 1];
    System.arraycopy(dims, 0, rest, 0, axis);
    System.arraycopy(dims, axis + 1, rest, axis, rest.length - axis);
    return wiring.axes().reshape(value, rest);
  }

  /** A list of products. */
  private static Value product(Wiring wiring, Value a, Value b) {
    int rank = Math.max(a.dims().length, b.dims().length);
    int[] left = filled(a.dims(), rank);
    int[] right = filled(b.dims(), rank);
    int m = left[rank - 2];
    int k = left[rank - 1];
    int n = right[rank - 1];
    int[] lists =
        Elements.broadcast(
            Constant.ofInts().reshape(Arrays.copyOf(left, rank - 2)),
            Constant.ofInts().reshape(Arrays.copyOf(right, rank - 2)));
    int[] dims = Arrays.copyOf(lists, rank);
    dims[rank - 2] = m;
    dims[rank - 1] = n;
    if (a instanceof Constant x && b instanceof Constant y) {
      return evaluate(wiring, x, y, dims, m, k, n);
    }
    int skip = wiring.batch() == 0 ? 0 : 1;
    Draft x = plain(wiring, a, left);
    Draft y = plain(wiring, b, right);
    int[] images = Arrays.copyOfRange(lists, Math.min(skip, lists.length), lists.length);
    MatrixProduct layer =
        new MatrixProduct(
            m,
            k,
            n,
            matrices(Arrays.copyOfRange(left, skip, rank - 2), images),
            matrices(Arrays.copyOfRange(right, skip, rank - 2), images));
    View view = View.plain(Arrays.copyOfRange(dims, skip, rank));
    return new Activation(wiring.layer(layer, Map.of(), x, y), view, wiring.batch(), Type.FLOAT);
  }

  private static int[] filled(int[] dims, int rank) {
    int[] all = new int[rank];
    Arrays.fill(all, 1);
    System.arraycopy(dims, 0, all, rank - dims.length, dims.length);
    return all;
  }

  private static Draft plain(Wiring wiring, Value value, int[] dims) {
    if (wiring.batch() != 0
        && (dims.length < 3 || value instanceof Activation && dims[0] != wiring.batch())) {
      throw new ImportFault.MixesBatch();
    }
    Activation a = wiring.activation(wiring.axes().reshape(value, dims));
    return wiring.arrange(a, View.plain(a.view().dims())).draft();
  }

  /** Which matrix of an operand each product has. */
  private static int[] matrices(int[] own, int[] all) {
    int[] which = {0};
    int stride = Dims.size(own);
    for (int axis = 0; axis < all.length; axis++) {
      stride /= own[axis];
      int step = own[axis] == 1 ? 0 : stride;
      int[] finer = new int[which.length * all[axis]];
      for (int i = 0; i < finer.length; i++) {
        finer[i] = which[i / all[axis]] + i % all[axis] * step;
      }
      which = finer;
    }
    return which;
  }

  private static Constant evaluate(
      Wiring wiring, Constant a, Constant b, int[] dims, int m, int k, int n) {
    int rank = dims.length;
    int[] lists = Arrays.copyOf(dims, rank - 2);
    int[] left = matrices(Arrays.copyOf(filled(a.dims(), rank), rank - 2), lists);
    int[] right = matrices(Arrays.copyOf(filled(b.dims(), rank), rank - 2), lists);
    long outputs = (long) left.length * m * n;
    wiring.budget().take(outputs + outputs / WORK * k);
    float[] x = a.reals();
    float[] y = b.reals();
    float[] z = new float[Dims.size(dims)];
    for (int i = 0; i < z.length; i++) {
      int from = left[i / n / m] * m * k + i / n % m * k;
      int to = right[i / n / m] * k * n + i % n;
      double sum = 0;
      for (int p = 0; p < k; p++) {
        sum = Fma.fma((double) x[from + p], y[to + p * n], sum);
      }
      z[i] = (float) sum;
    }
    return a.type() == Type.FLOAT ? Constant.of(dims, z) : Constant.of(dims, z).as(Type.INT);
  }
}
