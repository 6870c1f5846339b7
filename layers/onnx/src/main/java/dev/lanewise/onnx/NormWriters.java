// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import java.util.List;
import java.util.Map;

/** Normalisations, as in an inference. */
final class NormWriters {
  private static final double EPS = 1e-5;

  private NormWriters() {}

  static void addTo(Map<String, Writer> all) {
    all.put("batch_norm2d", NormWriters::batchNorm);
    all.put("group_norm", NormWriters::groupNorm);
    all.put("layer_norm", NormWriters::layerNorm);
  }

  private static AttributeProto eps(WriteCall call) {
    return Sheet.real("epsilon", call.description().number("eps", EPS));
  }

  private static String scale(WriteCall call, Written x) {
    return call.has("weight")
        ? call.perChannel("weight", x, false)
        : call.sheet().same(x.shape().channels(), 1);
  }

  private static String shift(WriteCall call, Written x) {
    return call.has("bias")
        ? call.perChannel("bias", x, false)
        : call.sheet().same(x.shape().channels(), 0);
  }

  private static Written batchNorm(WriteCall call) {
    Written x = call.channels(call.x());
    List<String> inputs =
        List.of(
            x.name(),
            scale(call, x),
            shift(call, x),
            call.perChannel("running_mean", x, false),
            call.perChannel("running_var", x, false));
    double momentum = 1 - call.description().number("momentum", 0.1); // of what was before
    return x.with(
        call.main("BatchNormalization", inputs, eps(call), Sheet.real("momentum", momentum)));
  }

  /** Groups of channels are channels, for a moment, of an instance normalisation. */
  private static Written groupNorm(WriteCall call) {
    Shape shape = call.shape();
    Written x = call.channels(call.x());
    if (call.description().flag("instance", false)) {
      List<String> inputs = List.of(x.name(), scale(call, x), shift(call, x));
      return x.with(call.main("InstanceNormalization", inputs, eps(call)));
    }
    int groups = call.description().integer("groups");
    String rows = call.reshape(x.name(), groups, shape.size() / groups);
    Sheet sheet = call.sheet();
    List<String> inputs = List.of(rows, sheet.same(groups, 1), sheet.same(groups, 0));
    String normal = call.node("InstanceNormalization", inputs, eps(call));
    String back =
        x.isImage()
            ? call.reshape(normal, shape.channels(), shape.height(), shape.width())
            : call.reshape(normal, shape.channels());
    if (!call.has("weight")) {
      return x.with(back);
    }
    String scaled = call.node("Mul", List.of(back, call.perChannel("weight", x, true)));
    return x.with(call.main("Add", List.of(scaled, call.perChannel("bias", x, true))));
  }

  private static Written layerNorm(WriteCall call) {
    Shape shape = call.shape();
    boolean flat = shape.isFlat();
    Written x = flat ? call.vector(call.x()) : call.image(call.x());
    boolean perPixel = call.description().flag("per_pixel", false) && !flat;
    String in = perPixel ? call.transpose(x.name(), 0, 2, 3, 1) : x.name();
    String weight;
    String bias;
    if (!call.has("weight")) {
      int[] dims = {shape.channels(), shape.height(), shape.width()};
      int[] some = perPixel || flat ? new int[] {shape.channels()} : dims;
      weight = call.sheet().ones(some);
      bias = "";
    } else if (perPixel || flat) {
      weight = call.perChannel("weight", x, false);
      bias = call.perChannel("bias", x, false);
    } else {
      weight = call.tensor("weight");
      bias = call.tensor("bias");
    }
    List<String> inputs = bias.isEmpty() ? List.of(in, weight) : List.of(in, weight, bias);
    AttributeProto axis = Sheet.integer("axis", perPixel ? -1 : 1);
    String normal = call.main("LayerNormalization", inputs, axis, eps(call));
    return x.with(perPixel ? call.transpose(normal, 0, 3, 1, 2) : normal);
  }
}
