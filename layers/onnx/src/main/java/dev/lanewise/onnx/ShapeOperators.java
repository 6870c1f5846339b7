// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Pad2d;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that move elements, make constants, or tell of shapes and types. */
final class ShapeOperators {
  private ShapeOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("Cast", Operator.one(ShapeOperators::cast));
    all.put("CastLike", Operator.one(call -> as(call, call.input(1).type())));
    all.put("Concat", Operator.one(ShapeOperators::concat));
    all.put("Constant", Operator.one(ShapeOperators::constant));
    all.put("ConstantOfShape", Operator.one(ShapeOperators::constantOfShape));
    all.put("DepthToSpace", Operator.one(ShapeOperators::depthToSpace));
    all.put("Expand", Operator.one(ShapeOperators::expand));
    all.put("Flatten", Operator.one(ShapeOperators::flatten));
    all.put("Gather", Operator.one(ShapeOperators::gather));
    all.put("Pad", Operator.one(ShapeOperators::pad));
    all.put("Range", Operator.one(ShapeOperators::range));
    all.put("Reshape", Operator.one(ShapeOperators::reshape));
    all.put("Shape", Operator.one(ShapeOperators::shape));
    all.put("Size", Operator.one(ShapeOperators::size));
    all.put("Slice", Operator.one(ShapeOperators::slice));
    all.put("SpaceToDepth", Operator.one(ShapeOperators::spaceToDepth));
    all.put("Split", ShapeOperators::split);
    all.put("Squeeze", Operator.one(ShapeOperators::squeeze));
    all.put("Tile", Operator.one(ShapeOperators::tile));
    all.put("Transpose", Operator.one(ShapeOperators::transpose));
    all.put("Unsqueeze", Operator.one(ShapeOperators::unsqueeze));
  }

  private static Value cast(Call call) {
    return as(call, Tensors.type(call.integer("to", 0)));
  }

  private static Value as(Call call, Type type) {
    if (call.input(0) instanceof Constant constant) {
      return constant.as(type);
    }
    Activation a = (Activation) call.input(0);
    boolean fits = type == Type.FLOAT || a.type() == Type.BOOL || a.type() == type;
    if (fits || type != Type.BOOL && a.type() != Type.FLOAT) {
      return a.with(type);
    }
    PointOp op = type == Type.BOOL ? PointOp.TRUTH : PointOp.TRUNCATE;
    return ((Activation) ElementOperators.pointwise(call.wiring(), op, a)).with(type);
  }

  private static Value concat(Call call) {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < call.inputs(); i++) {
      values.add(call.input(i));
    }
    int rank = call.input(0).dims().length;
    return call.wiring().axes().concat(values, Call.axis(call.integer("axis", 1), rank));
  }

  private static Value constant(Call call) {
    if (call.has("value")) {
      return call.tensor("value");
    }
    if (call.has("value_float")) {
      return Constant.of(new int[0], new float[] {(float) call.real("value_float", 0)});
    }
    if (call.has("value_int")) {
      return Constant.of(Type.INT, new int[0], new long[] {call.longOf("value_int", 0)});
    }
    if (call.has("value_floats")) {
      float[] reals = call.reals("value_floats");
      return Constant.of(new int[] {reals.length}, reals);
    }
    if (call.has("value_ints")) {
      return Constant.ofInts(call.ints("value_ints"));
    }
    throw new ImportFault("it has no value that is supported");
  }

  private static Value constantOfShape(Call call) {
    int[] dims = call.constant(0).ints();
    Constant value =
        call.has("value") ? call.tensor("value") : Constant.of(new int[] {1}, new float[1]);
    if (value.size() != 1) {
      throw new ImportFault("its value must be one number");
    }
    int count = Dims.size(dims);
    call.wiring().budget().take(count);
    int[][] same = {new int[count]};
    return value.take(dims, same, 0);
  }

  private static Value depthToSpace(Call call) {
    int block = call.integer("blocksize", 0);
    int[] d = call.input(0).dims();
    requireImages(d);
    if (block < 1 || d[1] % ((long) block * block) != 0) {
      throw new ImportFault("blocks of " + block + " do not divide " + d[1] + " channels");
    }
    Axes axes = call.wiring().axes();
    int c = d[1] / block / block;
    boolean rows = call.text("mode", "DCR").equals("DCR");
    Value x =
        rows
            ? axes.reshape(call.input(0), d[0], block, block, c, d[2], d[3])
            : axes.reshape(call.input(0), d[0], c, block, block, d[2], d[3]);
    x = rows ? axes.transpose(x, 0, 3, 4, 1, 5, 2) : axes.transpose(x, 0, 1, 4, 2, 5, 3);
    return axes.reshape(x, d[0], c, Dims.size(d[2], block), Dims.size(d[3], block));
  }

  private static Value spaceToDepth(Call call) {
    int block = call.integer("blocksize", 0);
    int[] d = call.input(0).dims();
    requireImages(d);
    if (block < 1 || d[2] % block != 0 || d[3] % block != 0) {
      throw new ImportFault("blocks of " + block + " do not divide " + d[2] + "x" + d[3]);
    }
    Axes axes = call.wiring().axes();
    Value x = axes.reshape(call.input(0), d[0], d[1], d[2] / block, block, d[3] / block, block);
    x =
        call.text("mode", "DCR").equals("DCR")
            ? axes.transpose(x, 0, 3, 5, 1, 2, 4)
            : axes.transpose(x, 0, 1, 3, 5, 2, 4);
    return axes.reshape(x, d[0], Dims.size(d[1], block, block), d[2] / block, d[3] / block);
  }

  private static void requireImages(int[] dims) {
    if (dims.length != 4) {
      throw new ImportFault("its input has " + dims.length + " dimensions, expected 4");
    }
  }

  private static Value expand(Call call) {
    return expand(call.wiring(), call.input(0), call.constant(1).ints());
  }

  static Value expand(Wiring wiring, Value x, int[] shape) {
    Dims.size(shape);
    int[] dims = Elements.broadcast(x, Constant.ofInts().reshape(shape));
    int[] own = new int[dims.length];
    Arrays.fill(own, 1);
    int[] from = x.dims();
    System.arraycopy(from, 0, own, own.length - from.length, from.length);
    int[][] index = new int[dims.length][];
    for (int axis = 0; axis < dims.length; axis++) {
      index[axis] = own[axis] == dims[axis] ? null : repeat(wiring, 1, dims[axis]);
    }
    return wiring.axes().take(wiring.axes().reshape(x, own), index, 0);
  }

  /** All indices of an axis, several times. */
  private static int[] repeat(Wiring wiring, int size, int times) {
    int length = Dims.size(size, times);
    wiring.budget().take(length);
    return IntStream.range(0, length).map(i -> i % size).toArray();
  }

  private static Value tile(Call call) {
    Value x = call.input(0);
    int[] repeats = call.constant(1).ints();
    int[] dims = x.dims();
    if (repeats.length != dims.length) {
      throw new ImportFault("it repeats " + repeats.length + " axes, but there are " + dims.length);
    }
    int[][] index = new int[dims.length][];
    long size = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      size = Math.multiplyExact(size, Dims.size(dims[axis], repeats[axis]));
      index[axis] =
          repeats[axis] == 1 ? null : repeat(call.wiring(), Math.max(1, dims[axis]), repeats[axis]);
    }
    return call.wiring().axes().take(x, index, 0);
  }

  private static Value flatten(Call call) {
    int[] dims = call.input(0).dims();
    int axis = call.integer("axis", 1);
    if (axis < -dims.length || axis > dims.length) {
      throw new ImportFault("there is no axis " + axis + " among " + dims.length);
    }
    axis = axis < 0 ? axis + dims.length : axis;
    int rows = Dims.size(Arrays.copyOf(dims, axis));
    int columns = Dims.size(Arrays.copyOfRange(dims, axis, dims.length));
    return call.wiring().axes().reshape(call.input(0), rows, columns);
  }

  private static Value gather(Call call) {
    Value x = call.input(0);
    int[] dims = x.dims();
    int axis = Call.axis(call.integer("axis", 0), dims.length);
    Constant indices = call.constant(1);
    int end = dims[axis];
    int[] which = Arrays.stream(indices.ints()).map(i -> i < 0 ? i + end : i).toArray();
    if (Arrays.stream(which).anyMatch(i -> i < 0 || i >= end)) {
      throw new ImportFault("an index is beyond the end of axis " + axis + " of " + end);
    }
    int[][] index = new int[dims.length][];
    index[axis] = which;
    int[] own = indices.dims();
    int[] to = new int[dims.length - 1 + own.length];
    System.arraycopy(dims, 0, to, 0, axis);
    System.arraycopy(own, 0, to, axis, own.length);
    System.arraycopy(dims, axis + 1, to, axis + own.length, dims.length - axis - 1);
    return call.wiring().axes().reshape(call.wiring().axes().take(x, index, 0), to);
  }

  private static Value pad(Call call) {
    Value x = call.input(0);
    int rank = x.dims().length;
    int[] given = call.intsOrInput("pads", 1);
    Constant constant = call.opset() < 11 ? null : call.optionalConstant(2);
    double value =
        constant == null
            ? call.real("value", 0)
            : constant.size() == 1 ? constant.real(0) : Double.NaN;
    int[] axes =
        call.optional(3) == null ? IntStream.range(0, rank).toArray() : call.constant(3).ints();
    boolean[] distinct = Call.axes(axes, rank);
    if (given == null || given.length != 2 * axes.length || distinct.length != rank) {
      throw new ImportFault("it needs two numbers for each of " + axes.length + " axes");
    }
    int[] before = new int[rank];
    int[] after = new int[rank];
    for (int i = 0; i < axes.length; i++) {
      before[Call.axis(axes[i], rank)] = given[i];
      after[Call.axis(axes[i], rank)] = given[i + axes.length];
    }
    String mode = call.text("mode", "constant");
    if (x instanceof Activation a && mode.equals("constant")) {
      Value padded = ofImage(call.wiring(), a, before, after, value);
      if (padded != null) {
        return padded;
      }
    }
    int[][] index = new int[rank][];
    for (int axis = 0; axis < rank; axis++) {
      index[axis] = padded(call.wiring(), x.dims()[axis], before[axis], after[axis], mode);
    }
    return call.wiring().axes().take(x, index, value);
  }

  /** Rows and columns around an image; {@code null} if it is something else. */
  private static Value ofImage(
      Wiring wiring, Activation a, int[] before, int[] after, double value) {
    boolean fits = before.length == 4 && Double.isFinite(value);
    for (int axis = 0; axis < before.length; axis++) {
      fits &= before[axis] >= 0 && after[axis] >= 0;
      fits &= axis > 1 || before[axis] == 0 && after[axis] == 0;
    }
    if (!fits || wiring.batch() == 0 && a.dims()[0] != 1) {
      return null;
    }
    Activation x = wiring.featureMap(a);
    Pad2d layer =
        new Pad2d(before[2], after[2], before[3], after[3]).constant(Call.decimal((float) value));
    return wiring.ofFeatureMap(wiring.layer(layer, Map.of(), x.draft()), 4, a.type());
  }

  /** Which index of an axis each index of the padded one is; -1 for the constant. */
  private static int[] padded(Wiring wiring, int size, int before, int after, String mode) {
    long length = (long) before + size + after;
    if (length < 1 || size < 1) {
      throw new ImportFault("a padding leaves nothing");
    }
    wiring.budget().take(length);
    int[] index = new int[Dims.size(Math.toIntExact(length))];
    for (int i = 0; i < index.length; i++) {
      int from = i - before;
      int period = Math.max(1, 2 * (size - 1));
      index[i] =
          switch (mode) {
            case "constant" -> from < 0 || from >= size ? -1 : from;
            case "edge" -> Math.clamp(from, 0, size - 1);
            case "reflect" -> size - 1 - Math.abs(size - 1 - Math.floorMod(from, period));
            case "wrap" -> Math.floorMod(from, size);
            default -> throw new ImportFault("its mode is " + mode);
          };
    }
    return index;
  }

  private static Value range(Call call) {
    Constant start = call.constant(0);
    Constant limit = call.constant(1);
    Constant step = call.constant(2);
    if (start.size() != 1 || limit.size() != 1 || step.size() != 1 || step.real(0) == 0) {
      throw new ImportFault("it needs a start, a limit and a step");
    }
    double count = Math.max(0, Math.ceil((limit.real(0) - start.real(0)) / step.real(0)));
    call.wiring().budget().take((long) count);
    int[] dims = {Dims.size((int) Math.min(count, Integer.MAX_VALUE))};
    if (start.type() == Type.FLOAT) {
      float[] reals = new float[dims[0]];
      for (int i = 0; i < reals.length; i++) {
        reals[i] = start.real(0) + i * step.real(0);
      }
      return Constant.of(dims, reals);
    }
    long[] wholes = new long[dims[0]];
    Arrays.setAll(wholes, i -> start.whole(0) + i * step.whole(0));
    return Constant.of(Type.INT, dims, wholes);
  }

  private static Value reshape(Call call) {
    Value x = call.input(0);
    int[] from = x.dims();
    int[] to = call.opset() < 5 ? call.ints("shape") : call.constant(1).ints();
    int[] dims = to.clone();
    int open = -1;
    long known = 1;
    for (int i = 0; i < to.length; i++) {
      if (to[i] == -1 && open < 0) {
        open = i;
        continue;
      }
      if (to[i] == 0 && !call.flag("allowzero", false)) {
        if (i >= from.length) {
          throw new ImportFault("there is no axis " + i + " to be kept");
        }
        dims[i] = from[i];
      }
      if (dims[i] < 0) {
        throw new ImportFault("it cannot make " + Arrays.toString(to));
      }
      known = Math.multiplyExact(known, dims[i]);
    }
    if (open >= 0) {
      int size = Dims.size(from);
      if (known == 0 || size % known != 0) {
        throw new ImportFault(
            "it cannot make " + Arrays.toString(to) + " of " + Arrays.toString(from));
      }
      dims[open] = (int) (size / known);
    }
    return call.wiring().axes().reshape(x, dims);
  }

  private static Value shape(Call call) {
    int[] dims = call.input(0).dims();
    int start = end(call.integer("start", 0), dims.length);
    int end = end(call.integer("end", dims.length), dims.length);
    return Constant.ofInts(Arrays.copyOfRange(dims, Math.min(start, end), end));
  }

  private static int end(int at, int length) {
    return Math.clamp(at < 0 ? (long) at + length : at, 0, length);
  }

  private static Value size(Call call) {
    long[] size = {Dims.size(call.input(0).dims())};
    return Constant.of(Type.INT, new int[0], size);
  }

  private static Value slice(Call call) {
    Value x = call.input(0);
    int rank = x.dims().length;
    int[] starts = call.intsOrInput("starts", 1);
    int[] ends = call.intsOrInput("ends", 2);
    int[] axes = call.intsOrInput("axes", 3);
    int[] steps = call.optional(4) == null ? null : call.constant(4).ints();
    if (starts == null || ends == null || starts.length != ends.length) {
      throw new ImportFault("it needs as many starts as ends");
    }
    axes = axes == null ? IntStream.range(0, starts.length).toArray() : axes;
    if (axes.length != starts.length || steps != null && steps.length != axes.length) {
      throw new ImportFault("it needs as many axes and steps as starts");
    }
    Call.axes(axes, rank);
    int[][] index = new int[rank][];
    for (int i = 0; i < axes.length; i++) {
      int axis = Call.axis(axes[i], rank);
      index[axis] = indices(x.dims()[axis], starts[i], ends[i], steps == null ? 1 : steps[i]);
    }
    return call.wiring().axes().take(x, index, 0);
  }

  private static int[] indices(int size, int start, int end, int step) {
    if (step == 0) {
      throw new ImportFault("a step is 0");
    }
    long low = step > 0 ? 0 : -1;
    long high = step > 0 ? size : size - 1L;
    long from =
        Math.clamp(start < 0 ? (long) start + size : start, Math.max(low, 0), Math.max(high, 0));
    long to = Math.clamp(end < 0 ? (long) end + size : end, low, Math.max(high, low));
    long count = size == 0 ? 0 : Math.max(0, Math.ceilDiv(to - from, (long) step));
    long first = from;
    return IntStream.range(0, (int) count).map(i -> (int) (first + (long) i * step)).toArray();
  }

  private static Value[] split(Call call) {
    Value x = call.input(0);
    int axis = Call.axis(call.integer("axis", 0), x.dims().length);
    int size = x.dims()[axis];
    int[] parts = call.intsOrInput("split", 1);
    int count = call.outputs();
    if (parts == null) {
      int each = Math.ceilDiv(size, count);
      parts = new int[count];
      for (int i = 0; i < count; i++) {
        parts[i] = Math.clamp((long) size - (long) i * each, 0, each);
      }
    }
    if (parts.length != count
        || Arrays.stream(parts).anyMatch(p -> p < 0)
        || Arrays.stream(parts).asLongStream().sum() != size) {
      throw new ImportFault(
          "it cannot split " + size + " into " + count + " parts " + Arrays.toString(parts));
    }
    Value[] results = new Value[count];
    int from = 0;
    for (int i = 0; i < count; i++) {
      int[][] index = new int[x.dims().length][];
      index[axis] = IntStream.range(from, from + parts[i]).toArray();
      results[i] = call.wiring().axes().take(x, index, 0);
      from += parts[i];
    }
    return results;
  }

  private static Value squeeze(Call call) {
    int[] dims = call.input(0).dims();
    int[] axes = call.intsOrInput("axes", 1);
    boolean[] gone = new boolean[dims.length];
    if (axes == null) {
      for (int axis = 0; axis < dims.length; axis++) {
        gone[axis] = dims[axis] == 1 && !(axis == 0 && call.wiring().batch() == 1);
      }
    } else {
      gone = Call.axes(axes, dims.length);
    }
    boolean[] drops = gone;
    if (IntStream.range(0, dims.length).anyMatch(axis -> drops[axis] && dims[axis] != 1)) {
      throw new ImportFault("it drops an axis of more than one element");
    }
    return call.wiring()
        .axes()
        .reshape(
            call.input(0),
            IntStream.range(0, dims.length)
                .filter(axis -> !drops[axis])
                .map(axis -> dims[axis])
                .toArray());
  }

  private static Value unsqueeze(Call call) {
    int[] dims = call.input(0).dims();
    int[] axes = call.intsOrInput("axes", 1);
    if (axes == null) {
      throw new ImportFault("it needs axes");
    }
    int rank = Math.addExact(dims.length, axes.length);
    boolean[] added = Call.axes(axes, rank);
    int[] to = new int[rank];
    int next = 0;
    for (int axis = 0; axis < rank; axis++) {
      to[axis] = added[axis] ? 1 : dims[next++];
    }
    return call.wiring().axes().reshape(call.input(0), to);
  }

  private static Value transpose(Call call) {
    int rank = call.input(0).dims().length;
    int[] order = call.ints("perm");
    return call.wiring()
        .axes()
        .transpose(
            call.input(0),
            order == null ? IntStream.range(0, rank).map(i -> rank - 1 - i).toArray() : order);
  }
}
