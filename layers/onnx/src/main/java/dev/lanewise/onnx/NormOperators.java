// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.graph.Layer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Normalisations, and what makes probabilities of values. */
final class NormOperators {
  private static final double EPS = 1e-5;

  private NormOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("BatchNormalization", Operator.one(NormOperators::batchNorm));
    all.put("GroupNormalization", Operator.one(NormOperators::groupNorm));
    all.put("InstanceNormalization", Operator.one(NormOperators::instanceNorm));
    all.put("LayerNormalization", NormOperators::layerNorms);
    all.put("LRN", Operator.one(NormOperators::localResponseNorm));
    all.put("Softmax", Operator.one(NormOperators::softmax));
    all.put("LogSoftmax", Operator.one(NormOperators::logSoftmax));
  }

  private static Value batchNorm(Call call) {
    if (call.flag("training_mode", false) || !call.flag("spatial", true)) {
      throw new ImportFault(
          "it uses the statistics of the batch, as in a training, or of single pixels, which is not"
              + " supported: export the model for inference");
    }
    Wiring wiring = call.wiring();
    Activation x = call.activation(0);
    int[] dims = x.dims();
    if (dims.length < 2) {
      throw new ImportFault("its input needs at least two dimensions");
    }
    boolean[] channel = new boolean[dims.length];
    channel[1] = true;
    Activation last = wiring.innermost(x, channel);
    String[] names = {"weight", "bias", "running_mean", "running_var"};
    Map<String, float[]> tensors = new HashMap<>();
    for (int i = 0; i < names.length; i++) {
      Constant constant = call.constant(i + 1);
      requireChannels(constant, dims[1]);
      tensors.put(names[i], channels(wiring, constant, last, dims[1]));
    }
    Layer layer =
        new BatchNorm2d()
            .eps(call.real("epsilon", EPS))
            .momentum(momentum(call.real("momentum", 0.9)));
    return last.with(wiring.layer(layer, tensors, wiring.rows(last.draft(), dims[1])));
  }

  /** The weight of the last batch; ONNX means that of all before. */
  private static double momentum(double momentum) {
    return Call.decimal((float) (1 - momentum));
  }

  private static void requireChannels(Constant constant, int channels) {
    if (constant.size() != channels) {
      throw new ImportFault("it has " + constant.size() + " numbers for " + channels + " channels");
    }
  }

  /** A number for each channel, axis 1, which is innermost. */
  private static float[] channels(Wiring wiring, Constant constant, Activation x, int channels) {
    int[] dims = new int[x.dims().length - 1];
    Arrays.fill(dims, 1);
    dims[0] = channels;
    return wiring.elements().perChannel(constant.reshape(dims), x, channels);
  }

  private static Value instanceNorm(Call call) {
    Wiring wiring = call.wiring();
    Activation x = wiring.featureMap(call.input(0));
    int channels = x.draft().shape().channels();
    Constant scale = call.constant(1);
    Constant bias = call.constant(2);
    requireChannels(scale, channels);
    requireChannels(bias, channels);
    Layer layer = GroupNorm.instance().affine(true).eps(call.real("epsilon", EPS));
    return x.with(
        wiring.layer(layer, Map.of("weight", scale.reals(), "bias", bias.reals()), x.draft()));
  }

  private static Value groupNorm(Call call) {
    Wiring wiring = call.wiring();
    Activation x = wiring.featureMap(call.input(0));
    int channels = x.draft().shape().channels();
    int groups = call.integer("num_groups", 0);
    if (groups < 1 || channels % groups != 0) {
      throw new ImportFault(groups + " groups do not divide " + channels + " channels");
    }
    Layer layer = new GroupNorm(groups).eps(call.real("epsilon", EPS));
    Map<String, float[]> tensors =
        Map.of(
            "weight", perGroup(call.constant(1), channels, groups),
            "bias", perGroup(call.constant(2), channels, groups));
    return x.with(wiring.layer(layer, tensors, x.draft()));
  }

  /** A number for each channel; old models have one for each group. */
  private static float[] perGroup(Constant constant, int channels, int groups) {
    if (constant.size() == groups && groups != channels) {
      return Constant.reals(channels, c -> constant.real(c / (channels / groups)));
    }
    requireChannels(constant, channels);
    return constant.reals();
  }

  private static Value layerNorm(Call call) {
    Wiring wiring = call.wiring();
    Activation x = call.activation(0);
    int rank = x.dims().length;
    int first = Call.axis(call.integer("axis", -1), rank);
    boolean[] axes = new boolean[rank];
    Arrays.fill(axes, first, rank, true);
    Activation last = wiring.innermost(x, axes);
    int length = Dims.size(Arrays.copyOfRange(x.dims(), first, rank));
    LayerNorm layer = LayerNorm.perPixel().eps(call.real("epsilon", EPS));
    Draft rows = wiring.rows(last.draft(), length);
    Constant scale = call.constant(1);
    Constant shift = call.optionalConstant(2);
    wiring.budget().take(length); // if there is no bias
    float[] weight = wiring.elements().perChannel(scale, last, length);
    float[] bias =
        shift == null ? new float[length] : wiring.elements().perChannel(shift, last, length);
    if (weight != null && bias != null) {
      return last.with(wiring.layer(layer, Map.of("weight", weight, "bias", bias), rows));
    }
    Value normal = last.with(wiring.layer(layer.affine(false), Map.of(), rows));
    normal = ElementOperators.pointwise(wiring, PointOp.MUL, normal, scale);
    return shift == null ? normal : ElementOperators.pointwise(wiring, PointOp.ADD, normal, shift);
  }

  /** The result, and, where they are asked for, the means and one through the deviations. */
  private static Value[] layerNorms(Call call) {
    Value normal = layerNorm(call);
    if (call.outputs() == 1) {
      return new Value[] {normal};
    }
    Wiring wiring = call.wiring();
    Value x = call.activation(0);
    int rank = x.dims().length;
    boolean[] axes = new boolean[rank];
    Arrays.fill(axes, Call.axis(call.integer("axis", -1), rank), rank, true);
    Value mean = wiring.reductions().reduce(ReduceOp.MEAN, x, axes, true);
    Value centred = ElementOperators.pointwise(wiring, PointOp.SUB, x, mean);
    Value square = ElementOperators.pointwise(wiring, PointOp.MUL, centred, centred);
    Constant eps = Constant.of(new int[0], new float[] {(float) call.real("epsilon", EPS)});
    Value variance =
        ElementOperators.pointwise(
            wiring,
            PointOp.ADD,
            wiring.reductions().reduce(ReduceOp.MEAN, square, axes, true),
            eps);
    Value deviation = ElementOperators.pointwise(wiring, PointOp.SQRT, variance);
    return new Value[] {
      normal, mean, ElementOperators.pointwise(wiring, PointOp.RECIPROCAL, deviation)
    };
  }

  private static Value localResponseNorm(Call call) {
    Activation x = call.wiring().featureMap(call.input(0));
    LocalResponseNorm layer =
        new LocalResponseNorm(
            call.integer("size", 0),
            call.real("alpha", 1e-4),
            call.real("beta", 0.75),
            call.real("bias", 1));
    return x.with(call.wiring().layer(layer, Map.of(), x.draft()));
  }

  /** The axes of a softmax: one, or, in old models, all from one on. */
  private static boolean[] softmaxAxes(Call call, int rank) {
    int axis = Call.axis(call.integer("axis", call.opset() < 13 ? 1 : -1), rank);
    boolean[] axes = new boolean[rank];
    Arrays.fill(axes, axis, call.opset() < 13 ? rank : axis + 1, true);
    return axes;
  }

  private static Value softmax(Call call) {
    Activation x = call.activation(0);
    boolean[] axes = softmaxAxes(call, x.dims().length);
    Activation last = call.wiring().innermost(x, axes);
    Draft rows = call.wiring().rows(last.draft(), length(x, axes));
    return last.with(call.wiring().layer(new Softmax(), Map.of(), rows));
  }

  private static int length(Activation x, boolean[] axes) {
    int length = 1;
    for (int axis = 0; axis < axes.length; axis++) {
      length *= axes[axis] ? x.dims()[axis] : 1;
    }
    return length;
  }

  /** {@code x - log(sum of exp(x))}. */
  private static Value logSoftmax(Call call) {
    Activation x = call.activation(0);
    boolean[] axes = softmaxAxes(call, x.dims().length);
    Value sum = call.wiring().reductions().reduce(ReduceOp.LOG_SUM_EXP, x, axes, true);
    return ElementOperators.pointwise(call.wiring(), PointOp.SUB, x, sum);
  }
}
