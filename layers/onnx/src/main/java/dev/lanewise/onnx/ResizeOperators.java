// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Upsample2d;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Resize and its forerunner Upsample: every axis by itself. The nearest element is a selection,
 * interpolations are weighted sums.
 */
final class ResizeOperators {
  private ResizeOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("Resize", Operator.one(ResizeOperators::resize));
    all.put("Upsample", Operator.one(ResizeOperators::resize));
  }

  /**
   * How an axis is resized.
   *
   * @param scale outputs for each input
   */
  private record Axis(Call call, int inputs, int outputs, double scale) {
    String coordinates() {
      return call.operator().equals("Upsample") || call.opset() < 11
          ? "asymmetric"
          : call.text("coordinate_transformation_mode", "half_pixel");
    }

    /** Where an output is among the inputs. */
    double place(int output) {
      return switch (coordinates()) {
        case "half_pixel" -> (output + 0.5) / scale - 0.5;
        case "pytorch_half_pixel" -> outputs > 1 ? (output + 0.5) / scale - 0.5 : 0;
        case "asymmetric" -> output / scale;
        case "align_corners" ->
            outputs == 1 ? 0 : output * (double) (inputs - 1) / (inputs * scale - 1);
        case "half_pixel_symmetric" -> {
          double adjusted = outputs / (inputs * scale);
          yield inputs / 2.0 * (1 - adjusted) + (output + 0.5) / scale - 0.5;
        }
        default ->
            throw new ImportFault(
                "its coordinate_transformation_mode is " + coordinates() + ", not supported");
      };
    }

    int nearest(int output) {
      double place = place(output);
      String mode =
          call.operator().equals("Upsample") || call.opset() < 11
              ? "floor"
              : call.text("nearest_mode", "round_prefer_floor");
      double at =
          switch (mode) {
            case "floor" -> Math.floor(place);
            case "ceil" -> Math.ceil(place);
            case "round_prefer_floor" -> Math.ceil(place - 0.5);
            case "round_prefer_ceil" -> Math.floor(place + 0.5);
            default -> throw new ImportFault("its nearest_mode is " + mode);
          };
      return (int) Math.clamp(at, 0, inputs - 1);
    }
  }

  private static Value resize(Call call) {
    Value x = call.input(0);
    int rank = x.dims().length;
    Axis[] axes = axes(call, x.dims());
    String mode = call.text("mode", "nearest");
    if (mode.equals("nearest")) {
      int[][] index = new int[rank][];
      for (int axis = 0; axis < rank; axis++) {
        Axis of = axes[axis];
        if (of != null) {
          index[axis] = IntStream.range(0, of.outputs).map(of::nearest).toArray();
        }
      }
      return call.wiring().axes().take(x, index, 0);
    }
    if (!mode.equals("linear") && !mode.equals("bilinear") && !mode.equals("cubic")) {
      throw new ImportFault("its mode is " + mode + ", which is not supported");
    }
    Value known = bilinear(call, x, axes, mode);
    if (known != null) {
      return known;
    }
    for (int axis = 0; axis < rank; axis++) {
      if (axes[axis] != null) {
        x = interpolate(call, x, axis, axes[axis], mode.equals("cubic"));
      }
    }
    return x;
  }

  /** The axes that change; {@code null} for those that do not. */
  private static Axis[] axes(Call call, int[] dims) {
    boolean upsample = call.operator().equals("Upsample");
    int scalesAt = upsample || call.opset() < 11 ? 1 : 2;
    Constant scales = call.optionalConstant(scalesAt);
    Constant sizes = upsample ? null : call.optionalConstant(3);
    float[] factors =
        scales != null && scales.size() > 0
            ? scales.reals()
            : call.has("scales") ? call.reals("scales") : null;
    int[] which = call.ints("axes");
    if (which == null) {
      which = IntStream.range(0, dims.length).toArray();
    }
    Call.axes(which, dims.length);
    int[] to = sizes == null || sizes.size() == 0 ? null : sizes.ints();
    if (to == null == (factors == null)
        || (to == null ? factors.length : to.length) != which.length) {
      throw new ImportFault("it needs scales or sizes for " + which.length + " axes");
    }
    double[] scale = new double[which.length];
    for (int i = 0; i < which.length; i++) {
      int inputs = dims[Call.axis(which[i], dims.length)];
      scale[i] = to == null ? factors[i] : (double) to[i] / inputs;
    }
    String policy = call.text("keep_aspect_ratio_policy", "stretch");
    if (to != null && !policy.equals("stretch")) {
      boolean larger = policy.equals("not_smaller");
      double[] all = scale.clone();
      Arrays.sort(all);
      Arrays.fill(scale, all[larger ? all.length - 1 : 0]);
    }
    Axis[] axes = new Axis[dims.length];
    for (int i = 0; i < which.length; i++) {
      int axis = Call.axis(which[i], dims.length);
      boolean stretched = to != null && policy.equals("stretch");
      double outputs =
          stretched
              ? to[i]
              : to != null
                  ? Math.floor(scale[i] * dims[axis] + 0.5)
                  : Math.floor(dims[axis] * scale[i]);
      if (!(outputs >= 1 && outputs <= Integer.MAX_VALUE)) {
        throw new ImportFault("it makes " + outputs + " of " + dims[axis]);
      }
      if (outputs != dims[axis] || scale[i] != 1) {
        call.wiring().budget().take((long) outputs);
        axes[axis] = new Axis(call, dims[axis], (int) outputs, scale[i]);
      }
    }
    return axes;
  }

  /** The layer for the most usual way; {@code null} if it is another one. */
  private static Value bilinear(Call call, Value x, Axis[] axes, String mode) {
    boolean fits =
        x instanceof Activation
            && !mode.equals("cubic")
            && axes.length == 4
            && axes[0] == null
            && axes[1] == null
            && axes[2] != null
            && axes[3] != null
            && (call.wiring().batch() != 0 || x.dims()[0] == 1)
            && !call.flag("antialias", false)
            && !call.flag("exclude_outside", false);
    if (!fits) {
      return null;
    }
    boolean exact = true;
    for (Axis axis : new Axis[] {axes[2], axes[3]}) {
      exact &= axis.scale == (double) axis.outputs / axis.inputs;
    }
    Upsample2d layer = Upsample2d.to(axes[2].outputs, axes[3].outputs);
    String coordinates = axes[2].coordinates();
    boolean aligned = coordinates.equals("align_corners");
    if (!exact || !aligned && !coordinates.equals("half_pixel")) {
      return null;
    }
    Activation map = call.wiring().featureMap(x);
    Draft draft =
        call.wiring()
            .layer(aligned ? layer.bilinearAligned() : layer.bilinear(), Map.of(), map.draft());
    return call.wiring().ofFeatureMap(draft, 4, map.type());
  }

  private static Value interpolate(Call call, Value value, int axis, Axis of, boolean cubic) {
    if (call.flag("antialias", false)) {
      throw new ImportFault("it smoothes what it makes smaller (antialias), not supported");
    }
    int taps = cubic ? 4 : 2;
    int[] index = new int[Dims.size(of.outputs, taps)];
    float[] weight = new float[index.length];
    call.wiring().budget().take(2L * index.length);
    double a = call.real("cubic_coeff_a", -0.75);
    boolean exclude = cubic && call.flag("exclude_outside", false);
    for (int o = 0; o < of.outputs; o++) {
      double place = of.place(o);
      if (!cubic) {
        place = Math.clamp(place, 0, of.inputs - 1.0);
      }
      int first = (int) Math.floor(place) - (cubic ? 1 : 0);
      double sum = 0;
      double[] weights = new double[taps];
      for (int k = 0; k < taps; k++) {
        double distance = Math.abs(place - first - k);
        boolean outside = first + k < 0 || first + k >= of.inputs;
        weights[k] =
            exclude && outside ? 0 : cubic ? cubic(distance, a) : Math.max(0, 1 - distance);
        sum += weights[k];
      }
      for (int k = 0; k < taps; k++) {
        index[o * taps + k] = Math.clamp((long) first + k, 0, of.inputs - 1);
        weight[o * taps + k] = (float) (exclude ? weights[k] / sum : weights[k]);
      }
    }
    return map(call.wiring(), call.wiring().activation(value), axis, taps, index, weight);
  }

  /** Keys's cubic kernel. */
  private static double cubic(double x, double a) {
    if (x <= 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }

  private static Activation map(
      Wiring wiring, Activation x, int axis, int taps, int[] index, float[] weight) {
    int at = wiring.batch() == 0 ? axis : axis - 1;
    if (at < 0) {
      throw new ImportFault.MixesBatch();
    }
    Activation in = x.view().allWhole() ? x : wiring.arrange(x, wiring.standard(x.view().dims()));
    int[] dims = in.view().dims();
    int inputs = dims[at];
    if (inputs == 1) { // it has no place in memory yet
      in = wiring.arrange(in, View.plain(dims));
    }
    int[] axisOf = in.view().axesOfFactors();
    int[] factors = in.view().factors();
    int inner = 1;
    for (int f = factors.length - 1; f >= 0; f--) {
      if (inputs > 1 ? axisOf[f] == at : axisOf[f] < at) {
        break;
      }
      inner *= factors[f];
    }
    dims[at] = index.length / taps;
    View view = inputs == 1 ? View.plain(dims) : in.view().resize(dims);
    AxisMap layer = new AxisMap(wiring.shape(view), inputs, inner, taps, index);
    return in.with(wiring.layer(layer, Map.of("weight", weight), in.draft()), view);
  }
}
