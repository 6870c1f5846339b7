// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.ConvTranspose2d;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Pad2d;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Convolutions and poolings, of images and, as images of one row, of sequences. */
final class WindowOperators {
  private WindowOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("Conv", Operator.one(WindowOperators::conv));
    all.put("ConvTranspose", Operator.one(WindowOperators::convTranspose));
    all.put("MaxPool", Operator.one(WindowOperators::maxPool));
    all.put("AveragePool", Operator.one(WindowOperators::averagePool));
    all.put("GlobalAveragePool", Operator.one(call -> global(call, AvgPool2d.global())));
    all.put("GlobalMaxPool", Operator.one(call -> global(call, MaxPool2d.global())));
  }

  /** A window; {@code [2]}: rows, columns. */
  private record Geometry(int[] kernel, int[] stride, int[] dilation, int[] before, int[] after) {
    Window window() {
      for (int pad : new int[] {before[0], before[1], after[0], after[1]}) {
        if (pad < 0) {
          throw new ImportFault("its padding is negative");
        }
      }
      return Window.valid(kernel[0], kernel[1])
          .stride(stride[0], stride[1])
          .dilation(dilation[0], dilation[1])
          .padding(before[0], after[0], before[1], after[1]);
    }
  }

  /**
   * Reads the window of a node.
   *
   * @param kernel rows and columns, or columns alone
   * @param in the feature map
   */
  private static Geometry geometry(Call call, int[] kernel, Shape in) {
    int axes = kernel.length;
    int[] stride = two(list(call, "strides", axes, 1), 1);
    int[] dilation = two(list(call, "dilations", axes, 1), 1);
    int[] pads = list(call, "pads", 2 * axes, 0);
    int[] before = two(Arrays.copyOf(pads, axes), 0);
    int[] after = two(Arrays.copyOfRange(pads, axes, 2 * axes), 0);
    int[] both = two(kernel, 1);
    for (int i = 0; i < 2; i++) {
      if (both[i] < 1 || stride[i] < 1 || dilation[i] < 1) {
        throw new ImportFault("kernel, strides and dilations must be positive");
      }
    }
    String auto = call.text("auto_pad", "NOTSET");
    switch (auto) {
      case "NOTSET", "" -> {}
      case "VALID" -> {
        Arrays.fill(before, 0);
        Arrays.fill(after, 0);
      }
      case "SAME_UPPER", "SAME_LOWER" -> {
        int[] size = {in.height(), in.width()};
        for (int i = 0; i < 2; i++) {
          long reach = (long) dilation[i] * (both[i] - 1) + 1;
          long outputs = Math.ceilDiv(size[i], stride[i]);
          long total = Math.max(0, (outputs - 1) * stride[i] + reach - size[i]);
          long less = total / 2;
          before[i] = Math.toIntExact(auto.equals("SAME_UPPER") ? less : total - less);
          after[i] = Math.toIntExact(total - before[i]);
        }
      }
      default -> throw new ImportFault("its auto_pad is " + auto);
    }
    return new Geometry(both, stride, dilation, before, after);
  }

  private static int[] list(Call call, String attribute, int length, int usual) {
    int[] list = call.ints(attribute);
    if (list == null || list.length == 0) {
      list = new int[length];
      Arrays.fill(list, usual);
    }
    if (list.length != length) {
      throw new ImportFault(attribute + " has " + list.length + " numbers, expected " + length);
    }
    return list;
  }

  /** Rows and columns; a sequence has one row. */
  private static int[] two(int[] axes, int rows) {
    return axes.length == 2 ? axes : new int[] {rows, axes[0]};
  }

  private static int[] kernel(Call call, Constant weights, int rank) {
    int[] dims = weights.dims();
    if (dims.length != rank) {
      throw new ImportFault(
          "weights "
              + Arrays.toString(dims)
              + " are for an input of "
              + dims.length
              + " dimensions");
    }
    int[] kernel = Arrays.copyOfRange(dims, 2, rank);
    int[] given = call.ints("kernel_shape");
    if (given != null && !Arrays.equals(given, kernel)) {
      throw new ImportFault("kernel_shape is not that of its weights");
    }
    Dims.requireSome(dims);
    return kernel;
  }

  private static Value conv(Call call) {
    Wiring wiring = call.wiring();
    Constant weights = call.constant(1);
    Activation x = wiring.featureMap(call.input(0));
    int rank = x.dims().length;
    int[] kernel = kernel(call, weights, rank);
    int groups = call.integer("group", 1);
    int outputs = weights.dims()[0];
    int each = weights.dims()[1];
    Draft in = x.draft();
    if ((long) each * groups != in.shape().channels()) {
      throw new ImportFault(
          "it has weights for "
              + (long) each * groups
              + " channels, but its input has "
              + in.shape().channels());
    }
    Geometry geometry = geometry(call, kernel, in.shape());
    Window window = geometry.window();
    int[] padding = zeros(in);
    if (padding != null && !wiring.isShared(in)) {
      window =
          window.padding(
              window.padTop() + padding[0],
              window.padBottom() + padding[1],
              window.padLeft() + padding[2],
              window.padRight() + padding[3]);
      in = in.inputs().getFirst();
    }
    Constant bias = call.optionalConstant(2);
    int taps = geometry.kernel[0] * geometry.kernel[1];
    // [OC, C, KH, KW] -> [KH, KW, C, OC]
    float[] to =
        wiring.inMemory(
            weights.reshape(outputs, each, taps),
            View.of(new int[] {outputs, each, taps}, 2, 1, 0));
    Map<String, float[]> tensors = tensors(to, bias, outputs);
    Layer layer = new Conv2d(outputs, window).groups(groups).bias(bias != null);
    return wiring.ofFeatureMap(wiring.layer(layer, tensors, in), rank, x.type());
  }

  private static Map<String, float[]> tensors(float[] weight, Constant bias, int outputs) {
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put("weight", weight);
    if (bias != null) {
      if (bias.size() != outputs) {
        throw new ImportFault("it has " + bias.size() + " biases for " + outputs + " channels");
      }
      tensors.put("bias", bias.reals());
    }
    return tensors;
  }

  /** What a padding with zeros adds: top, bottom, left, right; {@code null} if it is none. */
  private static int[] zeros(Draft draft) {
    if (!(draft.layer() instanceof Pad2d pad)
        || !pad.description().text("mode", "constant").equals("constant")
        || pad.description().number("value", 0) != 0) {
      return null;
    }
    return pad.description().integers("padding", 0, 0, 0, 0);
  }

  private static Value convTranspose(Call call) {
    Wiring wiring = call.wiring();
    Constant weights = call.constant(1);
    Activation x = wiring.featureMap(call.input(0));
    int rank = x.dims().length;
    int[] kernel = kernel(call, weights, rank);
    int groups = call.integer("group", 1);
    int channels = x.draft().shape().channels();
    if (weights.dims()[0] != channels || groups < 1) {
      throw new ImportFault(
          "it has weights for " + weights.dims()[0] + " channels, but its input has " + channels);
    }
    int each = weights.dims()[1];
    int outputs = Math.multiplyExact(each, groups);
    Shape in = x.draft().shape();
    Geometry geometry = geometry(call, kernel, new Shape(1, 1, 1));
    int[] more = two(list(call, "output_padding", kernel.length, 0), 0);
    transposedPads(call, geometry, new int[] {in.height(), in.width()}, more);
    for (int i = 0; i < 2; i++) { // a padding takes away what an output padding adds
      int both = Math.min(geometry.after[i], more[i]);
      both = geometry.after[i] < 0 ? geometry.after[i] : both;
      geometry.after[i] -= both;
      more[i] -= both;
    }
    Constant bias = call.optionalConstant(2);
    int taps = geometry.kernel[0] * geometry.kernel[1];
    // [C, OC, KH, KW] -> [KH, KW, OC, C]
    float[] to =
        wiring.inMemory(
            weights.reshape(channels, each, taps),
            View.of(new int[] {channels, each, taps}, 2, 1, 0));
    Map<String, float[]> tensors = tensors(to, bias, outputs);
    Layer layer =
        new ConvTranspose2d(outputs, geometry.window())
            .groups(groups)
            .bias(bias != null)
            .outputPadding(more[0], more[1]);
    return wiring.ofFeatureMap(wiring.layer(layer, tensors, x.draft()), rank, x.type());
  }

  /** The padding that follows from the size of the output, where that is given. */
  private static void transposedPads(Call call, Geometry g, int[] in, int[] more) {
    int[] given = call.ints("output_shape");
    String auto = call.text("auto_pad", "NOTSET");
    boolean same = auto.startsWith("SAME");
    if (given == null && !same) {
      return;
    }
    if (given != null && given.length != 1 && given.length != 2) {
      throw new ImportFault("output_shape has " + given.length + " numbers");
    }
    int[] shape = given == null ? null : two(given, 1);
    for (int i = 0; i < 2; i++) {
      long output = shape == null ? (long) in[i] * g.stride[i] : shape[i];
      long reach = (long) g.dilation[i] * (g.kernel[i] - 1) + 1;
      long total = (long) g.stride[i] * (in[i] - 1) + more[i] + reach - output;
      long half = Math.floorDiv(total, 2);
      long before = auto.equals("SAME_UPPER") ? half : total - half;
      before = Math.max(before, 0);
      g.before[i] = Math.toIntExact(before);
      g.after[i] = Math.toIntExact(total - before);
    }
  }

  private static Value maxPool(Call call) {
    return pool(call, new MaxPool2d(window(call)).ceil(call.flag("ceil_mode", false)));
  }

  private static Value averagePool(Call call) {
    return pool(
        call,
        new AvgPool2d(window(call))
            .ceil(call.flag("ceil_mode", false))
            .countPadding(call.flag("count_include_pad", false)));
  }

  private static Window window(Call call) {
    int[] kernel = call.ints("kernel_shape");
    int[] dims = call.input(0).dims();
    if (kernel == null || kernel.length != dims.length - 2) {
      throw new ImportFault("kernel_shape does not fit an input of " + dims.length + " dimensions");
    }
    Activation x = call.wiring().featureMap(call.input(0));
    return geometry(call, kernel, x.draft().shape()).window();
  }

  private static Value pool(Call call, Layer layer) {
    Activation x = call.wiring().featureMap(call.input(0));
    Draft pooled = call.wiring().layer(layer, Map.of(), x.draft());
    return call.wiring().ofFeatureMap(pooled, x.dims().length, x.type());
  }

  private static Value global(Call call, Layer layer) {
    return pool(call, layer);
  }
}
