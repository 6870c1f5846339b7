// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.Windows;
import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Convolutions, poolings and dense layers. The size of the input is known, so paddings are written
 * as numbers, those of {@code same} and of {@code ceil} too.
 */
final class WindowWriters {
  private static final String ROWS = "rows";
  private static final String COLUMNS = "columns";

  private WindowWriters() {}

  static void addTo(Map<String, Writer> all) {
    all.put("conv2d", WindowWriters::conv);
    all.put("conv_transpose2d", WindowWriters::convTranspose);
    all.put("dense", WindowWriters::dense);
    all.put("max_pool2d", WindowWriters::maxPool);
    all.put("avg_pool2d", WindowWriters::avgPool);
  }

  /**
   * A window over an input, in one direction.
   *
   * @param before padding before the first element
   * @param after padding after the last one, as far as a window reaches into it
   */
  private record Axis(
      int inputs, int outputs, int kernel, int stride, int dilation, int before, int after) {
    static Axis rows(Window w, Shape in, Shape out) {
      int before = w.same() ? grid(w, in).padTop() : w.padTop();
      return of(in.height(), out.height(), w.kernelH(), w.strideH(), w.dilationH(), before);
    }

    static Axis columns(Window w, Shape in, Shape out) {
      int before = w.same() ? grid(w, in).padLeft() : w.padLeft();
      return of(in.width(), out.width(), w.kernelW(), w.strideW(), w.dilationW(), before);
    }

    private static WindowGrid grid(Window window, Shape in) {
      return WindowGrid.of(window, in.height(), in.width());
    }

    private static Axis of(
        int inputs, int outputs, int kernel, int stride, int dilation, int before) {
      long end = (outputs - 1L) * stride + dilation * (kernel - 1L) + 1;
      int after = (int) Math.max(0, end - before - inputs);
      return new Axis(inputs, outputs, kernel, stride, dilation, before, after);
    }

    boolean isEven() {
      return before == after;
    }

    /** Operators for poolings take less padding. */
    boolean isTooWide() {
      return before >= kernel || after >= kernel;
    }
  }

  private static List<AttributeProto> attributes(Axis rows, Axis columns, boolean padded) {
    List<AttributeProto> attributes = new ArrayList<>();
    attributes.add(Sheet.ints("kernel_shape", rows.kernel, columns.kernel));
    attributes.add(Sheet.ints("strides", rows.stride, columns.stride));
    if (padded) {
      attributes.add(Sheet.ints("pads", rows.before, columns.before, rows.after, columns.after));
    }
    if (rows.dilation != 1 || columns.dilation != 1) {
      attributes.add(Sheet.ints("dilations", rows.dilation, columns.dilation));
    }
    return attributes;
  }

  private static AttributeProto[] array(List<AttributeProto> attributes) {
    return attributes.toArray(AttributeProto[]::new);
  }

  private static List<String> inputs(WriteCall call, String x) {
    return call.has("bias")
        ? List.of(x, call.tensor("weight"), call.tensor("bias"))
        : List.of(x, call.tensor("weight"));
  }

  private static Written conv(WriteCall call) {
    Window window = Windows.read(call.description());
    Written x = call.image(call.x());
    Axis rows = Axis.rows(window, x.shape(), call.shape());
    Axis columns = Axis.columns(window, x.shape(), call.shape());
    List<AttributeProto> attributes = attributes(rows, columns, true);
    attributes.add(Sheet.integer("group", call.description().integer("groups", 1)));
    String y = call.main("Conv", inputs(call, x.name()), array(attributes));
    return Written.image(y, call.shape());
  }

  private static Written convTranspose(WriteCall call) {
    Window w = Windows.read(call.description());
    Written x = call.image(call.x());
    Axis rows = Axis.rows(w, call.shape(), x.shape()); // of the adjoint
    Axis columns = Axis.columns(w, call.shape(), x.shape());
    List<AttributeProto> attributes = attributes(rows, columns, true);
    attributes.add(Sheet.ints("output_padding", unreached(rows), unreached(columns)));
    attributes.add(Sheet.integer("group", call.description().integer("groups", 1)));
    String y = call.main("ConvTranspose", inputs(call, x.name()), array(attributes));
    return Written.image(y, call.shape());
  }

  /** Elements at the end that no window of the adjoint sees. */
  private static int unreached(Axis axis) {
    long end = (axis.outputs - 1L) * axis.stride + axis.dilation * (axis.kernel - 1L) + 1;
    return (int) Math.max(0, axis.before + axis.inputs - end);
  }

  /** The columns of the weight are in the order of the input. */
  private static Written dense(WriteCall call) {
    Written x = call.vector(call.x());
    int features = call.shape().channels();
    int length = x.shape().size();
    String weight = call.tensor("weight", Layout.dense(features, x.map()), features, length);
    List<String> inputs =
        call.has("bias")
            ? List.of(x.name(), weight, call.tensor("bias"))
            : List.of(x.name(), weight);
    return Written.inMemory(call.main("Gemm", inputs, Sheet.integer("transB", 1)), call.shape());
  }

  /** Pads by an operator of its own. */
  private static String padded(WriteCall call, String x, Axis rows, Axis columns, double value) {
    String pads =
        call.sheet().wholes(0, 0, rows.before, columns.before, 0, 0, rows.after, columns.after);
    return call.node("Pad", List.of(x, pads, call.sheet().number(value)));
  }

  private static Written maxPool(WriteCall call) {
    Written x = call.image(call.x());
    if (call.description().flag("global", false)) {
      return Written.image(call.main("GlobalMaxPool", List.of(x.name())), call.shape());
    }
    Window window = Windows.read(call.description());
    Axis rows = Axis.rows(window, x.shape(), call.shape());
    Axis columns = Axis.columns(window, x.shape(), call.shape());
    boolean apart = rows.isTooWide() || columns.isTooWide();
    String in = apart ? padded(call, x.name(), rows, columns, Double.NEGATIVE_INFINITY) : x.name();
    AttributeProto[] attributes = array(attributes(rows, columns, !apart));
    return Written.image(call.main("MaxPool", List.of(in), attributes), call.shape());
  }

  private static Written avgPool(WriteCall call) {
    Written x = call.image(call.x());
    if (call.description().flag("global", false)) {
      return Written.image(call.main("GlobalAveragePool", List.of(x.name())), call.shape());
    }
    Shape in = x.shape();
    Shape out = call.shape();
    if (call.description().attributes().containsKey("output")) {
      return sums(call, x, parts(in.height(), out.height()), parts(in.width(), out.width()));
    }
    Window window = Windows.read(call.description());
    boolean counted = call.description().flag("count_padding", true);
    Axis rows = Axis.rows(window, in, out);
    Axis columns = Axis.columns(window, in, out);
    int bottom = window.same() ? rows.after : window.padBottom();
    int right = window.same() ? columns.after : window.padRight();
    boolean dilated = rows.dilation != 1 || columns.dilation != 1;
    boolean beyond = counted && (rows.after > bottom || columns.after > right);
    boolean wide = rows.isTooWide() || columns.isTooWide();
    if (dilated || beyond || wide && !counted) {
      return sums(call, x, averages(rows, counted, bottom), averages(columns, counted, right));
    }
    // Not every runtime counts right where the paddings of two sides differ.
    boolean apart = counted && (wide || !rows.isEven() || !columns.isEven());
    String padded = apart ? padded(call, x.name(), rows, columns, 0) : x.name();
    List<AttributeProto> attributes = attributes(rows, columns, !apart);
    attributes.add(Sheet.integer("count_include_pad", counted ? 1 : 0));
    return Written.image(call.main("AveragePool", List.of(padded), array(attributes)), out);
  }

  /** What each output of an adaptive pooling takes of each input. */
  private static float[][] parts(int inputs, int outputs) {
    float[][] weights = new float[outputs][inputs];
    for (int o = 0; o < outputs; o++) {
      int from = (int) ((long) o * inputs / outputs);
      int to = (int) Math.ceilDiv((o + 1L) * inputs, outputs);
      Arrays.fill(weights[o], from, to, (float) (1.0 / (to - from)));
    }
    return weights;
  }

  /** What each output of a pooling takes of each input. */
  private static float[][] averages(Axis axis, boolean counted, int after) {
    float[][] weights = new float[axis.outputs][axis.inputs];
    for (int o = 0; o < axis.outputs; o++) {
      int count = 0;
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < axis.kernel; k++) {
          long i = (long) o * axis.stride - axis.before + (long) k * axis.dilation;
          boolean inside = i >= 0 && i < axis.inputs;
          if (pass == 0) {
            count += inside || counted && i < (long) axis.inputs + after ? 1 : 0;
          } else if (inside) {
            weights[o][(int) i] = (float) (1.0 / count);
          }
        }
      }
    }
    return weights;
  }

  /**
   * Weighted sums of rows and of columns, as products of matrices: {@code rows x columns^T}.
   *
   * @param rows {@code [output][input]}: weights; {@code null} for rows as they are
   * @param columns the same for columns
   */
  static Written sums(WriteCall call, Written x, float[][] rows, float[][] columns) {
    String y = x.name();
    if (columns != null) {
      int inputs = x.shape().width();
      float[] turned = new float[inputs * columns.length];
      for (int i = 0; i < turned.length; i++) {
        turned[i] = columns[i % columns.length][i / columns.length];
      }
      String weights = call.constant(COLUMNS, new int[] {inputs, columns.length}, turned);
      y = call.node("MatMul", List.of(y, weights));
    }
    if (rows != null) {
      int inputs = x.shape().height();
      float[] all = new float[inputs * rows.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = rows[i / inputs][i % inputs];
      }
      String weights = call.constant(ROWS, new int[] {rows.length, inputs}, all);
      y = call.node("MatMul", List.of(weights, y));
    }
    return Written.image(y, call.shape());
  }
}
