// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;

/**
 * Resizes each feature map, usually to a larger one, by the nearest pixel or by bilinear
 * interpolation, as PyTorch's {@code Upsample}. Immutable.
 */
public final class Upsample2d implements Layer {
  private static final String KIND = "upsample2d";

  private final double scaleH; // 0: to a size
  private final double scaleW;
  private final int height; // 0: by a scale
  private final int width;
  private final Interpolation interpolation;

  /** Where an output's value comes from. */
  private enum Interpolation {
    NEAREST,
    BILINEAR,
    BILINEAR_ALIGNED;
  }

  /**
   * Enlarges by the nearest pixel.
   *
   * @param scale the factor for rows and columns; an output has {@code floor(rows * scale)}
   * @throws IllegalArgumentException if it is not positive and finite
   */
  public Upsample2d(double scale) {
    this(scale, scale);
  }

  /**
   * Enlarges by the nearest pixel.
   *
   * @param scaleH the factor for rows
   * @param scaleW the factor for columns
   * @throws IllegalArgumentException if one is not positive and finite
   */
  public Upsample2d(double scaleH, double scaleW) {
    this(scaleH, scaleW, 0, 0, Interpolation.NEAREST);
    for (double scale : new double[] {scaleH, scaleW}) {
      if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the scale of an upsampling must be positive and finite, but is " + scale);
      }
    }
  }

  private Upsample2d(
      double scaleH, double scaleW, int height, int width, Interpolation interpolation) {
    this.scaleH = scaleH;
    this.scaleW = scaleW;
    this.height = height;
    this.width = width;
    this.interpolation = interpolation;
  }

  /**
   * Resizes by the nearest pixel.
   *
   * @param height rows of the output
   * @param width columns of the output
   * @return the layer
   * @throws IllegalArgumentException if one is not positive
   */
  public static Upsample2d to(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an upsampling needs a positive output size, not " + height + "x" + width);
    }
    return new Upsample2d(0, 0, height, width, Interpolation.NEAREST);
  }

  /**
   * The same, by bilinear interpolation. Pixels are squares: the corners of the outermost ones
   * become the corners of the output, and beyond the middle of these pixels their values hold.
   *
   * @return the new layer
   */
  public Upsample2d bilinear() {
    return new Upsample2d(scaleH, scaleW, height, width, Interpolation.BILINEAR);
  }

  /**
   * The same, by bilinear interpolation with PyTorch's {@code align_corners}. Pixels are points:
   * the outermost ones keep their values.
   *
   * @return the new layer
   */
  public Upsample2d bilinearAligned() {
    return new Upsample2d(scaleH, scaleW, height, width, Interpolation.BILINEAR_ALIGNED);
  }

  static Upsample2d of(Description description) {
    Upsample2d layer;
    if (description.attributes().containsKey("size")) {
      int[] size = description.integers("size", 0, 0);
      layer = to(size[0], size[1]);
    } else {
      double scale = description.number("scale", Double.NaN);
      layer =
          new Upsample2d(
              description.number("scale_h", scale), description.number("scale_w", scale));
    }
    return switch (description.text("mode", "nearest")) {
      case "nearest" -> layer;
      case "bilinear" ->
          description.flag("align_corners", false) ? layer.bilinearAligned() : layer.bilinear();
      default ->
          throw new IllegalArgumentException(
              "the mode of an upsampling must be nearest or bilinear, but is "
                  + description.text("mode", ""));
    };
  }

  @Override
  public Description description() {
    Description kind = Description.of(KIND);
    Description scaled =
        height > 0
            ? kind.with("size", List.of(height, width))
            : scaleH == scaleW
                ? kind.with("scale", scaleH)
                : kind.with("scale_h", scaleH).with("scale_w", scaleW);
    return scaled
        .with("mode", interpolation == Interpolation.NEAREST ? "nearest" : "bilinear", "nearest")
        .with("align_corners", interpolation == Interpolation.BILINEAR_ALIGNED, false);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape in = inputs[0];
    return height > 0
        ? new Shape(height, width, in.channels())
        : new Shape(scaled(in.height(), scaleH), scaled(in.width(), scaleW), in.channels());
  }

  private static int scaled(int inputs, double scale) {
    double scaled = Math.floor(inputs * scale);
    if (scaled < 1 || scaled > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "an upsampling of "
              + inputs
              + " rows or columns by "
              + scale
              + " leaves no map, or one too large");
    }
    return (int) scaled;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    Shape in = site.input();
    Shape out = site.output();
    SeparableMap resized =
        new SeparableMap(
            axis(in.height(), out.height(), scaleH),
            axis(in.width(), out.width(), scaleW),
            in.channels(),
            0f,
            site.team());
    return new Running(resized, resized.transposed());
  }

  private AxisMap axis(int inputs, int outputs, double scale) {
    double step = scale > 0 ? 1 / scale : (double) inputs / outputs;
    return switch (interpolation) {
      case NEAREST -> AxisMap.copies(inputs, outputs, nearest(inputs, outputs, scale));
      case BILINEAR -> linear(inputs, outputs, o -> Math.max(0, step * (o + 0.5) - 0.5));
      case BILINEAR_ALIGNED -> {
        double aligned = outputs > 1 ? (inputs - 1.0) / (outputs - 1) : 0;
        yield linear(inputs, outputs, o -> aligned * o);
      }
    };
  }

  /** The input below {@code o * step}, as PyTorch finds it: in floats, but exactly for doubling. */
  private static IntUnaryOperator nearest(int inputs, int outputs, double scale) {
    if (outputs == inputs) {
      return o -> o;
    }
    if (outputs == 2L * inputs) {
      return o -> o / 2;
    }
    float step = scale > 0 ? (float) (1 / scale) : (float) inputs / outputs;
    return o -> Math.min((int) (o * step), inputs - 1);
  }

  /** Between the inputs around a position, by its distance to each. */
  private static AxisMap linear(int inputs, int outputs, IntToDoubleFunction position) {
    int[][] from = new int[outputs][];
    double[][] weights = new double[outputs][];
    for (int o = 0; o < outputs; o++) {
      double at = position.applyAsDouble(o);
      int below = Math.min((int) at, inputs - 1);
      double share = Math.min(at - below, 1); // of the one above
      boolean one = share == 0 || below == inputs - 1;
      from[o] = one ? new int[] {below} : new int[] {below, below + 1};
      weights[o] = one ? new double[] {1} : new double[] {1 - share, share};
    }
    return new AxisMap(inputs, from, weights);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private record Running(SeparableMap resized, SeparableMap transposed) implements UnaryPass {
    /** {@code y[n,oy,ox,c] = sum over iy,ix of rows[oy][iy] * columns[ox][ix] * x[n,iy,ix,c]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      resized.apply(context.images(), x, y);
    }

    /** {@code dx[n,iy,ix,c] = sum over oy,ox of rows[oy][iy] * columns[ox][ix] * dy[n,oy,ox,c]}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      transposed.apply(context.images(), dy, dx);
    }
  }
}
