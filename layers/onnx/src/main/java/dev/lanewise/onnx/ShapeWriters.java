// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What moves, adds or takes away elements. */
final class ShapeWriters {
  private ShapeWriters() {}

  static void addTo(Map<String, Writer> all) {
    all.put("flatten", ShapeWriters::flatten);
    all.put("channel_pad", ShapeWriters::channelPad);
    all.put("channel_shuffle", ShapeWriters::channelShuffle);
    all.put("crop2d", ShapeWriters::crop);
    all.put("pad2d", ShapeWriters::pad);
    all.put("upsample2d", ShapeWriters::upsample);
  }

  /** The vector has channels first; what comes after knows. */
  private static Written flatten(WriteCall call) {
    Written x = call.vector(call.x());
    return new Written(x.name(), call.shape(), x.map());
  }

  private static Written channelPad(WriteCall call) {
    int before = call.description().integer("before", 0);
    int after = call.description().integer("after", 0);
    boolean flat = call.shape().isFlat() && !call.x().isImage();
    Written x = flat ? call.inMemory(call.x()) : call.image(call.x());
    String pads =
        flat
            ? call.sheet().wholes(0, before, 0, after)
            : call.sheet().wholes(0, before, 0, 0, 0, after, 0, 0);
    String y = call.main("Pad", List.of(x.name(), pads));
    return flat ? Written.inMemory(y, call.shape()) : Written.image(y, call.shape());
  }

  private static Written channelShuffle(WriteCall call) {
    Shape s = call.shape();
    int groups = call.description().integer("groups");
    Written x = call.image(call.x());
    String apart = call.reshape(x.name(), groups, s.channels() / groups, s.height(), s.width());
    String turned = call.main("Transpose", List.of(apart), Sheet.ints("perm", 0, 2, 1, 3, 4));
    return x.with(call.reshape(turned, s.channels(), s.height(), s.width()));
  }

  private static Written crop(WriteCall call) {
    int[] cropping = call.description().integers("cropping", 0, 0, 0, 0);
    int top = cropping[0];
    int left = cropping[2];
    Shape out = call.shape();
    Sheet sheet = call.sheet();
    List<String> inputs =
        List.of(
            call.image(call.x()).name(),
            sheet.wholes(top, left),
            sheet.wholes(top + out.height(), left + out.width()),
            sheet.wholes(2, 3));
    return Written.image(call.main("Slice", inputs), out);
  }

  private static Written pad(WriteCall call) {
    Description d = call.description();
    int[] p = d.integers("padding", 0, 0, 0, 0); // top, bottom, left, right
    String mode = d.text("mode", "constant");
    Sheet sheet = call.sheet();
    List<String> inputs = new ArrayList<>();
    inputs.add(call.image(call.x()).name());
    inputs.add(sheet.wholes(0, 0, p[0], p[2], 0, 0, p[1], p[3]));
    if (mode.equals("constant")) {
      inputs.add(sheet.number(d.number("value", 0)));
    }
    String name = mode.equals("replicate") ? "edge" : mode;
    return Written.image(call.main("Pad", inputs, Sheet.text("mode", name)), call.shape());
  }

  private static Written upsample(WriteCall call) {
    Written x = call.image(call.x());
    Shape in = x.shape();
    Shape out = call.shape();
    Description d = call.description();
    double scale = d.number("scale", 0); // 0: to a size
    double scaleH = d.number("scale_h", scale);
    double scaleW = d.number("scale_w", scale);
    if (d.text("mode", "nearest").equals("nearest")) {
      return nearest(call, x, scaleH, scaleW);
    }
    if (d.flag("align_corners", false)) {
      return resize(call, x, "linear", "align_corners");
    }
    // Operators know the factor from the sizes alone.
    return isRatio(in.height(), out.height(), scaleH) && isRatio(in.width(), out.width(), scaleW)
        ? resize(call, x, "linear", "half_pixel")
        : WindowWriters.sums(
            call,
            x,
            linear(in.height(), out.height(), scaleH),
            linear(in.width(), out.width(), scaleW));
  }

  private static boolean isRatio(int inputs, int outputs, double scale) {
    return scale == 0 || inputs * scale == outputs;
  }

  private static Written resize(WriteCall call, Written x, String mode, String coordinates) {
    Shape in = x.shape();
    Shape out = call.shape();
    float[] scales = {1, 1, scale(in.height(), out.height()), scale(in.width(), out.width())};
    String factors = call.constant("scales", new int[] {scales.length}, scales);
    String y =
        call.main(
            "Resize",
            List.of(x.name(), "", factors),
            Sheet.text("mode", mode),
            Sheet.text("coordinate_transformation_mode", coordinates),
            Sheet.text("nearest_mode", "floor"));
    return Written.image(y, out);
  }

  /** A factor that makes as many outputs; sizes would have to state the batch. */
  private static float scale(int inputs, int outputs) {
    float scale = (float) outputs / inputs;
    return (double) scale * inputs < outputs ? Math.nextUp(scale) : scale;
  }

  /** By an operator if the factors are whole numbers, so that nobody rounds another way. */
  private static Written nearest(WriteCall call, Written x, double scaleH, double scaleW) {
    Shape in = x.shape();
    Shape out = call.shape();
    int[] rows = nearest(in.height(), out.height(), scaleH);
    int[] columns = nearest(in.width(), out.width(), scaleW);
    if (isRepeated(rows, in.height()) && isRepeated(columns, in.width())) {
      return resize(call, x, "nearest", "asymmetric");
    }
    String y = gather(call, x.name(), rows, in.height(), 2);
    return Written.image(gather(call, y, columns, in.width(), 3), out);
  }

  /** The input of each output, as the layer finds it. */
  private static int[] nearest(int inputs, int outputs, double scale) {
    float step = scale > 0 ? (float) (1 / scale) : (float) inputs / outputs;
    return IntStream.range(0, outputs)
        .map(
            o ->
                outputs == inputs
                    ? o
                    : outputs == 2L * inputs ? o / 2 : Math.min((int) (o * step), inputs - 1))
        .toArray();
  }

  private static boolean isRepeated(int[] from, int inputs) {
    int times = from.length / inputs;
    return from.length % inputs == 0
        && IntStream.range(0, from.length).allMatch(o -> from[o] == o / times);
  }

  /** Some indices of an axis. */
  static String gather(WriteCall call, String x, int[] indices, int length, int axis) {
    boolean all =
        indices.length == length && IntStream.range(0, length).allMatch(i -> indices[i] == i);
    return all
        ? x
        : call.node(
            "Gather", List.of(x, call.sheet().wholes(indices)), Sheet.integer("axis", axis));
  }

  /** Weights of the inputs around the position of each output, pixels being squares. */
  private static float[][] linear(int inputs, int outputs, double scale) {
    double step = scale > 0 ? 1 / scale : (double) inputs / outputs;
    float[][] weights = new float[outputs][inputs];
    for (int o = 0; o < outputs; o++) {
      double at = Math.max(0, step * (o + 0.5) - 0.5);
      int below = Math.min((int) at, inputs - 1);
      double share = below == inputs - 1 ? 0 : at - below;
      weights[o][below] = (float) (1 - share);
      if (share > 0) {
        weights[o][below + 1] = (float) share;
      }
    }
    return weights;
  }
}
