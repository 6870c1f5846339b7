package dev.lanewise.onnx;

import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What operators are made of. Each method takes values and gives a value: of constants at once, of
 * activations by a layer that is drafted. So folding of constants and wiring of layers are one.
 *
 * <p>Axes are those of ONNX, the batch included.
 */
final class Wiring {
  /** Values of one image of an activation: no more are believed. */
  private static final int MOST = 1 << 28;

  /** Dimensions of a value; models of images have four, and five or six for a moment. */
  private static final int MOST_AXES = 32;

  /** Indices of one axis that has a table. */
  private static final int LONGEST = 1 << 24;

  private final Draft input;
  private final int batch; // 0: the batch is not an axis of its own
  private final Budget budget;
  private final Map<Arranged, Activation> arranged = new HashMap<>();
  private final Map<Reshaped, Draft> reshaped = new HashMap<>();
  private final Set<Draft> shared = new HashSet<>();
  private String name = "";

  private record Arranged(Draft draft, View from, View to) {}

  private record Reshaped(Draft draft, Shape shape) {}

  /**
   * @param input of the network
   * @param batch the length of the first axis, of images; 0 if an image of the network is all of it
   */
  Wiring(Shape input, int batch, Budget budget) {
    this.input = new Draft(null, List.of(), input, Map.of(), "input");
    this.batch = batch;
    this.budget = budget;
  }

  Draft input() {
    return input;
  }

  int batch() {
    return batch;
  }

  Budget budget() {
    return budget;
  }

  /** The name that layers get until the next call. */
  void name(String name) {
    this.name = name;
  }

  static int[] prepend(int first, int[] rest) {
    int[] all = new int[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  static void requireAxes(int count) {
    if (count > MOST_AXES) {
      throw new ImportFault("there are " + count + " dimensions, more than " + MOST_AXES);
    }
  }

  /** How many elements there are; not too many to be counted. */
  static int size(int... dims) {
    requireAxes(dims.length);
    long size = 1;
    for (int dim : dims) {
      size *= dim;
      if (dim < 0 || size > Integer.MAX_VALUE) {
        throw new ImportFault("dimensions " + Arrays.toString(dims) + " are too large");
      }
    }
    return (int) size;
  }

  // ---------------------------------------------------------------- layers

  /** Drafts a layer. */
  Draft layer(Layer layer, Map<String, float[]> tensors, Draft... inputs) {
    return layer(layer, tensors, name, inputs);
  }

  /** Drafts a layer with a name of its own. */
  Draft layer(Layer layer, Map<String, float[]> tensors, String name, Draft... inputs) {
    Shape shape;
    try {
      shape = layer.outputShape(Arrays.stream(inputs).map(Draft::shape).toArray(Shape[]::new));
    } catch (IllegalArgumentException e) {
      throw new ImportFault(e.getMessage());
    }
    if (shape.size() > MOST) {
      throw new ImportFault("it makes " + shape + ", more than 2^28 values of an image");
    }
    return new Draft(layer, List.of(inputs), shape, tensors, name);
  }

  /** A layer that treats each element by itself. */
  Activation each(Value x, Layer layer) {
    Activation a = activation(x);
    return a.with(layer(layer, Map.of(), a.draft()));
  }

  /** The same elements in another shape. */
  Draft shaped(Draft draft, Shape shape) {
    if (draft.shape().equals(shape)) {
      return draft;
    }
    Draft base = draft.stripped();
    if (base.shape().equals(shape)) {
      return base;
    }
    return reshaped.computeIfAbsent(
        new Reshaped(base, shape),
        r -> layer(shape.isFlat() ? new Flatten() : new Reshape(shape), Map.of(), "", base));
  }

  /** A constant in the place of an activation. */
  Activation activation(Value value) {
    if (value instanceof Activation a) {
      return a;
    }
    Constant constant = (Constant) value;
    int[] dims = inner(constant.dims(), true);
    requireSome(dims);
    View view = standard(dims);
    Draft draft =
        layer(
            new Constants(shape(view)),
            Map.of("value", inMemory(constant.reshape(dims), view)),
            "",
            input);
    return new Activation(draft, view, batch, constant.type());
  }

  /** Dimensions without those of the batch, which a constant may lack, or has with one element. */
  private int[] inner(int[] dims, boolean constant) {
    if (batch == 0) {
      return dims;
    }
    if (dims.length == 0 || dims[0] != (constant ? 1 : batch)) {
      throw new ImportFault.MixesBatch();
    }
    return Arrays.copyOfRange(dims, 1, dims.length);
  }

  /** The elements of a constant, moved into an order. */
  float[] inMemory(Constant constant, View view) {
    budget.take(constant.size());
    float[] from = constant.reals();
    int[] at = view.positions();
    float[] to = new float[at.length];
    for (int i = 0; i < at.length; i++) {
      to[at[i]] = from[i];
    }
    return to;
  }

  // ---------------------------------------------------------------- order in memory

  /** Channels last where the dimensions are those of images, without the batch; else row-major. */
  View standard(int[] inner) {
    if (batch != 0 && inner.length == 3) {
      return View.of(inner, 1, 2, 0);
    }
    if (batch == 0 && inner.length == 4 && inner[0] == 1) {
      return View.of(inner, 0, 2, 3, 1);
    }
    return View.plain(inner);
  }

  /** A shape for elements in an order: rows and columns where they can be told. */
  Shape shape(View view) {
    int[] dims = view.dims();
    int c = batch == 0 ? 1 : 0; // the axis of the channels
    if (dims.length == c + 3 && (c == 0 || dims[0] == 1) && view.equals(standard(dims))) {
      return new Shape(dims[c + 1], dims[c + 2], dims[c]);
    }
    int[] f = view.factors();
    int channels = f.length == 0 ? 1 : f[f.length - 1];
    int columns = f.length < 2 ? 1 : f[f.length - 2];
    return new Shape(view.size() / channels / columns, columns, channels);
  }

  /** Moves elements into another order of memory. */
  Activation arrange(Activation a, View target) {
    if (a.view().equals(target)) {
      return a;
    }
    Arranged key = new Arranged(a.draft().stripped(), a.view(), target);
    Activation done = arranged.get(key);
    if (done == null) {
      requireTables(a.view().dims());
      int[][] tables = a.view().tablesTo(target);
      if (tables == null) { // by way of whole axes
        return arrange(arrange(a, standard(a.view().dims())), target);
      }
      done = a.with(moved(a.draft(), tables, target), target);
      arranged.put(key, done);
    }
    return done.with(a.type());
  }

  private Draft moved(Draft draft, int[][] tables, View target) {
    int groups = shuffledGroups(tables);
    if (groups == 0) {
      return take(draft, tables, target, 0);
    }
    int channels = tables[tables.length - 1].length;
    Draft rows = rows(draft, channels);
    return shaped(layer(new ChannelShuffle(groups), Map.of(), rows), shape(target));
  }

  /** The groups of channels that tables shuffle, if they do nothing else; otherwise 0. */
  private static int shuffledGroups(int[][] tables) {
    int[] last = tables[tables.length - 1];
    int each = last.length > 1 ? last[1] : 1;
    if (each < 2 || last.length % each != 0) {
      return 0;
    }
    int groups = last.length / each;
    for (int i = 0; i < last.length; i++) {
      if (last[i] != i % groups * each + i / groups) {
        return 0;
      }
    }
    int stride = last.length;
    for (int axis = tables.length - 2; axis >= 0; axis--) {
      for (int i = 0; i < tables[axis].length; i++) {
        if (tables[axis][i] != i * stride) {
          return 0;
        }
      }
      stride *= tables[axis].length;
    }
    return groups;
  }

  private Draft take(Draft draft, int[][] tables, View target, double fill) {
    for (int[] table : tables) {
      budget.take(table.length);
    }
    int[][] some = tables.length == 0 ? new int[][] {{0}} : tables;
    return layer(new Take(shape(target), some, fill), Map.of(), draft);
  }

  /**
   * The view of an image, without the axis of the batch.
   *
   * @throws ImportFault if the operator would have to treat several images of one value
   */
  View image(Activation a) {
    if (batch != 0) {
      return a.view();
    }
    if (a.view().rank() == 0 || a.view().dim(0) != 1) {
      throw new ImportFault.MixesBatch();
    }
    return a.view().withoutFirst();
  }

  /** The reverse of {@link #image}. */
  Activation ofImage(Draft draft, View image, Type type) {
    return new Activation(draft, batch == 0 ? image.withLeading(1) : image, batch, type);
  }

  /** A feature map of a Conv or a pooling, with channels last; of one row for {@code [N, C, L]}. */
  Activation featureMap(Value value) {
    Activation a = activation(value);
    int[] dims = image(a).dims();
    if (dims.length < 2 || dims.length > 3) {
      throw new ImportFault(
          "its input has "
              + (dims.length + 1)
              + " dimensions, expected images [N, C, H, W] or sequences [N, C, L]");
    }
    View target = dims.length == 3 ? View.of(dims, 1, 2, 0) : View.of(dims, 1, 0);
    Activation last = arrange(a, batch == 0 ? target.withLeading(1) : target);
    int rows = dims.length == 3 ? dims[1] : 1;
    return last.with(shaped(last.draft(), new Shape(rows, dims[dims.length - 1], dims[0])));
  }

  /** What a layer makes of a {@link #featureMap}. */
  Activation ofFeatureMap(Draft draft, int rank, Type type) {
    Shape s = draft.shape();
    View view =
        rank == 4
            ? View.of(new int[] {s.channels(), s.height(), s.width()}, 1, 2, 0)
            : View.of(new int[] {s.channels(), s.width()}, 1, 0);
    return ofImage(draft, view, type);
  }

  /** Whether the axes of an activation, the batch not among them, are inside all others. */
  Activation innermost(Activation a, boolean[] axes) {
    boolean[] inner = batch == 0 ? axes : Arrays.copyOfRange(axes, 1, axes.length);
    if (batch != 0 && axes[0]) {
      throw new ImportFault.MixesBatch();
    }
    return arrange(a, a.view().innermost(inner));
  }

  /** The elements as pixels of some channels. */
  Draft rows(Draft draft, int channels) {
    return draft.shape().channels() == channels
        ? draft
        : shaped(draft, new Shape(1, draft.shape().size() / channels, channels));
  }

  // ---------------------------------------------------------------- axes and shapes

  /** The same elements under other dimensions. */
  Value reshape(Value value, int... dims) {
    if (size(dims) != size(value.dims())) {
      throw new ImportFault(
          "it cannot make " + Arrays.toString(dims) + " of " + Arrays.toString(value.dims()));
    }
    if (value instanceof Constant constant) {
      return constant.reshape(dims);
    }
    Activation a = (Activation) value;
    int[] inner = inner(dims, false);
    View view = a.view().reshape(inner);
    if (view != null) {
      return a.with(view);
    }
    return arrange(a, View.plain(a.view().dims())).with(View.plain(inner));
  }

  /** Axes in another order. */
  Value transpose(Value value, int... order) {
    int[] dims = value.dims();
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    if (!Arrays.equals(sorted, IntStream.range(0, dims.length).toArray())) {
      throw new ImportFault("it orders axes as " + Arrays.toString(order));
    }
    if (value instanceof Constant constant) {
      budget.take(constant.size());
      int[][] offsets = constant.offsets();
      return constant.take(
          Arrays.stream(order).map(a -> dims[a]).toArray(),
          Arrays.stream(order).mapToObj(a -> offsets[a]).toArray(int[][]::new),
          0);
    }
    Activation a = (Activation) value;
    if (batch != 0 && order[0] != 0) {
      throw new ImportFault.MixesBatch();
    }
    int skip = batch == 0 ? 0 : 1;
    return a.with(
        a.view().transpose(Arrays.stream(order).skip(skip).map(axis -> axis - skip).toArray()));
  }

  /**
   * Some indices of each axis.
   *
   * @param index of each axis: which indices; {@code null} for all, negative for the constant
   * @param fill the constant
   */
  Value take(Value value, int[][] index, double fill) {
    int[] dims = value.dims();
    int[] to = dims.clone();
    boolean same = true;
    for (int axis = 0; axis < to.length; axis++) {
      int end = dims[axis];
      if (index[axis] != null && isAll(index[axis], end)) {
        index[axis] = null;
      }
      if (index[axis] != null) {
        same = false;
        to[axis] = index[axis].length;
        if (Arrays.stream(index[axis]).anyMatch(i -> i >= end)) {
          throw new ImportFault("an index is beyond the end of axis " + axis + " of " + end);
        }
      }
    }
    if (same) {
      return value;
    }
    if (value instanceof Constant constant) {
      budget.take(size(to));
      return constant.take(to, tables(constant.offsets(), index), fill);
    }
    Activation a = (Activation) value;
    if (batch != 0 && index[0] != null) {
      throw new ImportFault.MixesBatch();
    }
    int skip = batch == 0 ? 0 : 1;
    requireSome(to);
    requireTables(dims);
    requireTables(to);
    for (int axis = skip; axis < to.length; axis++) {
      if (!a.view().isWhole(axis - skip) && index[axis] != null) {
        a = arrange(a, standard(a.view().dims()));
        break;
      }
    }
    int[] inner = Arrays.copyOfRange(to, skip, to.length);
    boolean keeps = a.view().allWhole();
    for (int axis = 0; axis < inner.length; axis++) {
      keeps &= inner[axis] == 1 || a.view().dim(axis) != 1;
    }
    View view = keeps ? a.view().resize(inner) : standard(inner);
    int[][] offsets = new int[inner.length][];
    for (int axis = 0; axis < inner.length; axis++) {
      offsets[axis] = a.view().offsets(axis);
    }
    int[][] all = tables(offsets, Arrays.copyOfRange(index, skip, index.length));
    return a.with(take(a.draft(), inOrder(all, view), view, fill), view);
  }

  /** No axis is so long that a table for it would take much memory. */
  private static void requireTables(int[] dims) {
    for (int dim : dims) {
      if (dim > LONGEST) {
        throw new ImportFault("an axis of " + dim + " elements is too long to be rearranged");
      }
    }
  }

  private static boolean isAll(int[] index, int end) {
    return index.length == end && IntStream.range(0, end).allMatch(i -> index[i] == i);
  }

  static void requireSome(int[] dims) {
    if (Arrays.stream(dims).anyMatch(dim -> dim < 1)) {
      throw new ImportFault("it leaves nothing: " + Arrays.toString(dims));
    }
  }

  private static int[][] tables(int[][] offsets, int[][] index) {
    int[][] tables = new int[index.length][];
    for (int axis = 0; axis < index.length; axis++) {
      int[] of = offsets[axis];
      tables[axis] =
          index[axis] == null
              ? of
              : Arrays.stream(index[axis]).map(i -> i < 0 ? -1 : of[i]).toArray();
    }
    return tables;
  }

  /** Tables of whole axes in their order in memory; what axes of one element add goes along. */
  private static int[][] inOrder(int[][] tables, View view) {
    int[] axes = view.axesOfFactors();
    List<int[]> ordered = new ArrayList<>();
    int base = 0;
    for (int axis = 0; axis < tables.length; axis++) {
      if (tables[axis].length == 1) {
        base = base < 0 || tables[axis][0] < 0 ? -1 : base + tables[axis][0];
      }
    }
    ordered.add(new int[] {base});
    for (int axis : axes) {
      ordered.add(tables[axis]);
    }
    return (base == 0 && axes.length > 0 ? ordered.subList(1, ordered.size()) : ordered)
        .toArray(int[][]::new);
  }

  /** One after the other along an axis. */
  Value concat(List<Value> values, int axis) {
    int[] to = values.getFirst().dims().clone();
    to[axis] = 0;
    for (Value value : values) {
      int[] dims = value.dims();
      for (int i = 0; i < to.length; i++) {
        if (dims.length != to.length || i != axis && dims[i] != to[i]) {
          throw new ImportFault(
              "it joins " + Arrays.toString(dims) + " and " + Arrays.toString(to));
        }
      }
      to[axis] = Math.addExact(to[axis], dims[axis]);
    }
    if (values.size() == 1) {
      return values.getFirst();
    }
    if (values.stream().allMatch(Constant.class::isInstance)) {
      return concatConstants(values.stream().map(Constant.class::cast).toList(), axis, to);
    }
    List<Activation> parts =
        values.stream().filter(v -> size(v.dims()) > 0).map(this::repeated).toList();
    if (batch != 0 && axis == 0) {
      throw new ImportFault.MixesBatch();
    }
    int at = batch == 0 ? axis : axis - 1;
    int[] order = order(parts, at);
    int[] dims = parts.getFirst().view().dims();
    int inner = 1;
    for (int i = order.length - 1; order[i] != at; i--) {
      inner *= dims[order[i]];
    }
    List<Draft> drafts = new ArrayList<>();
    Shape shape = null;
    for (Activation part : parts) {
      dims[at] = part.view().dim(at);
      Draft draft = arrange(part, View.of(dims, order)).draft();
      int channels = dims[at] * inner;
      if (shape == null) {
        shape = rows(draft, channels).shape();
      }
      drafts.add(shaped(draft, new Shape(shape.height(), shape.width(), channels)));
    }
    dims[at] = parts.stream().mapToInt(part -> part.view().dim(at)).sum();
    Draft joined =
        drafts.size() == 1
            ? drafts.getFirst()
            : layer(new Concatenate(), Map.of(), drafts.toArray(Draft[]::new));
    return parts.getFirst().with(joined, View.of(dims, order));
  }

  /** The order of the axes in memory that the parts are brought to. */
  private int[] order(List<Activation> parts, int joined) {
    int[] dims = parts.getFirst().view().dims();
    for (Activation part : parts) {
      if (part.view().allWhole() && (part.view().dim(joined) > 1 || dims.length == 1)) {
        return part.view().memoryOrder();
      }
    }
    int[] twos = new int[dims.length]; // a factor for every axis
    Arrays.fill(twos, 2);
    if (batch == 0 && dims.length > 0) {
      twos[0] = 1;
    }
    return standard(twos).memoryOrder();
  }

  /** A constant is the same for every image. */
  private Activation repeated(Value value) {
    if (value instanceof Constant constant && batch > 1 && constant.dims()[0] == batch) {
      throw new ImportFault.MixesBatch();
    }
    return activation(value);
  }

  private Constant concatConstants(List<Constant> parts, int axis, int[] to) {
    budget.take(size(to));
    int inner = size(Arrays.copyOfRange(to, axis + 1, to.length));
    int outer = size(Arrays.copyOf(to, axis));
    boolean real = parts.stream().anyMatch(part -> part.type() == Type.FLOAT);
    float[] reals = real ? new float[size(to)] : null;
    long[] wholes = real ? null : new long[size(to)];
    int at = 0;
    for (int o = 0; o < outer; o++) {
      for (Constant part : parts) {
        int run = part.dims()[axis] * inner;
        for (int i = 0; i < run; i++, at++) {
          if (real) {
            reals[at] = part.real(o * run + i);
          } else {
            wholes[at] = part.whole(o * run + i);
          }
        }
      }
    }
    return new Constant(parts.getFirst().type(), to, reals, wholes, null);
  }

  // ---------------------------------------------------------------- functions of elements

  /** A function of elements, with operands repeated as in NumPy. */
  Value pointwise(PointOp op, double a, double b, Value... operands) {
    int[] dims = broadcast(operands);
    Type type = op.isTruth() ? Type.BOOL : operands[op == PointOp.WHERE ? 2 : 0].type();
    if (Arrays.stream(operands).allMatch(Constant.class::isInstance)) {
      return evaluate(op, (float) a, (float) b, dims, type, operands);
    }
    Activation found = Patterns.match(this, op, a, b, operands);
    if (found != null) {
      return found;
    }
    int[] inner = inner(dims, false);
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
        inputs[i] = arrange(x.with(view), part).draft();
      } else {
        only = constants.isEmpty() ? (Constant) operands[i] : null;
        constants.add(i);
        tensors.put("constant" + i, inMemory(((Constant) operands[i]).reshape(own), part));
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
              shape(out),
              factors.length == 0 ? new int[] {1} : factors,
              sizes,
              constants,
              trained);
      layer = layer(pointwise, tensors, drafts);
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
    return standard(inner);
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
      return layer(layer, Map.of(), first, shaped(second, first.shape()));
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
        ? layer(
            new Multiply(), Map.of(), rows(large, channels), shaped(small, Shape.flat(channels)))
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
    int count = size(dims);
    budget.take(count);
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
      budget.take(channels);
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
    boolean fits = inner == channels && size(own) == channels && part.size() == channels;
    return fits ? inMemory(constant.reshape(own), part) : null;
  }

  /** Says that more than one operator reads what a draft makes. */
  void share(Draft draft) {
    shared.add(draft);
  }

  boolean isShared(Draft draft) {
    return shared.contains(draft);
  }

  // ---------------------------------------------------------------- reductions

  /**
   * Makes one element of each axis of some.
   *
   * @param axes which, of all
   * @param keep whether they stay, with one element each
   */
  Value reduce(ReduceOp op, Value value, boolean[] axes, boolean keep) {
    int[] dims = value.dims();
    int[] to = new int[dims.length];
    Arrays.setAll(to, axis -> axes[axis] ? 1 : dims[axis]);
    Value reduced;
    if (value instanceof Constant constant) {
      reduced = evaluate(op, constant, axes, to);
    } else {
      Activation a = (Activation) value;
      reduced = batch != 0 && axes[0] ? mixes() : reduce(op, a, axes);
    }
    int[] left = IntStream.range(0, dims.length).filter(i -> !axes[i]).map(i -> to[i]).toArray();
    return keep ? reduced : reshape(reduced, left);
  }

  private static Value mixes() {
    throw new ImportFault.MixesBatch();
  }

  private Activation reduce(ReduceOp op, Activation a, boolean[] axes) {
    boolean[] inner = batch == 0 ? axes : Arrays.copyOfRange(axes, 1, axes.length);
    boolean[] kept = new boolean[inner.length];
    for (int axis = 0; axis < inner.length; axis++) {
      kept[axis] = !inner[axis];
    }
    View out = a.view().restrict(kept);
    Type type = op.isIndex() ? Type.INT : a.type();
    Activation result = a.with(type);
    int[] factors = a.view().factors();
    int[] axisOf = a.view().axesOfFactors();
    boolean outermost = op == ReduceOp.MEAN || op == ReduceOp.MAX; // the reduced ones
    for (int f = 1; f < factors.length; f++) {
      outermost &= !inner[axisOf[f]] || inner[axisOf[f - 1]];
    }
    if (outermost && out.size() > 1 && inner[axisOf[0]]) {
      Layer pooling = op == ReduceOp.MEAN ? AvgPool2d.global() : MaxPool2d.global();
      return result.with(layer(pooling, Map.of(), rows(a.draft(), out.size())), out);
    }
    List<int[]> keptTables = new ArrayList<>();
    List<int[]> reducedTables = new ArrayList<>();
    int stride = a.view().size();
    for (int f = 0; f < factors.length; f++) {
      stride /= factors[f];
      int step = stride;
      budget.take(factors[f]);
      int[] table = IntStream.range(0, factors[f]).map(i -> i * step).toArray();
      if (!inner[axisOf[f]]) {
        keptTables.add(table);
      } else if (!op.isIndex()) {
        reducedTables.add(table);
      }
    }
    if (op.isIndex()) {
      for (int axis = 0; axis < inner.length; axis++) {
        if (inner[axis]) {
          reducedTables.add(a.view().offsets(axis));
        }
      }
    }
    Reduce layer =
        new Reduce(
            op, shape(out), keptTables.toArray(int[][]::new), reducedTables.toArray(int[][]::new));
    return result.with(layer(layer, Map.of(), a.draft()), out);
  }

  private Constant evaluate(ReduceOp op, Constant constant, boolean[] axes, int[] to) {
    int[][] offsets = constant.offsets();
    int[][] kept = new int[to.length][];
    int[][] reduced = new int[to.length][];
    for (int axis = 0; axis < to.length; axis++) {
      kept[axis] = axes[axis] ? new int[] {0} : offsets[axis];
      reduced[axis] = axes[axis] ? offsets[axis] : new int[] {0};
    }
    budget.take(constant.size());
    int[] first = Reduce.sums(kept);
    int[] each = Reduce.sums(reduced);
    if (each.length == 0) {
      throw new ImportFault("it reduces an axis without elements");
    }
    float[] data = constant.reals();
    float[] reals = new float[first.length];
    long[] wholes = new long[first.length];
    for (int o = 0; o < first.length; o++) {
      double result = op.of(data, first[o], each);
      reals[o] = (float) result;
      wholes[o] = (long) result;
    }
    return op.isIndex() || constant.type() != Type.FLOAT
        ? Constant.of(Type.INT, to, wholes)
        : Constant.of(to, reals);
  }
}
