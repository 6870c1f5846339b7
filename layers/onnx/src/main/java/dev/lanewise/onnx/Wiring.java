// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What operators are made of: drafts of layers, and the order of their elements in memory. {@link
 * Axes}, {@link Elements} and {@link Reductions} stand on it. Each of their methods takes values
 * and gives a value: of constants at once, of activations by a layer that is drafted. So folding of
 * constants and wiring of layers are one.
 *
 * <p>Axes are those of ONNX, the batch included.
 */
final class Wiring {
  /** Values of one image of an activation: no more are believed. */
  private static final int MOST = 1 << 28;

  private final Draft input;
  private final int batch; // 0: the batch is not an axis of its own
  private final Budget budget;
  private final Map<Arranged, Activation> arranged = new HashMap<>();
  private final Map<Reshaped, Draft> reshaped = new HashMap<>();
  private final Set<Draft> shared = new HashSet<>();
  private final Axes axes;
  private final Elements elements;
  private final Reductions reductions;
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
    axes = new Axes(this);
    elements = new Elements(this);
    reductions = new Reductions(this);
  }

  /** What moves axes. */
  Axes axes() {
    return axes;
  }

  /** What computes elements. */
  Elements elements() {
    return elements;
  }

  /** What reduces axes. */
  Reductions reductions() {
    return reductions;
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
    Dims.requireSome(dims);
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
  int[] inner(int[] dims, boolean constant) {
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
    int[] rows = view.rank() == 0 ? new int[1] : view.offsets(0);
    int[] columns = view.positions(1);
    float[] to = new float[constant.size()];
    Constant.move(
        constant.reals(),
        Constant.steps(rows.length, columns.length),
        Constant.steps(columns.length, 1),
        to,
        rows,
        columns);
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
      Dims.requireTables(a.view().dims());
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
      return taken(draft, tables, target, 0);
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

  Draft taken(Draft draft, int[][] tables, View target, double fill) {
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

  /** Says that more than one operator reads what a draft makes. */
  void share(Draft draft) {
    shared.add(draft);
  }

  boolean isShared(Draft draft) {
    return shared.contains(draft);
  }
}
