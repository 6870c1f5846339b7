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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Rows and columns around each feature map: of zeros or another constant, reflected at the border,
 * or copies of the border, as PyTorch's {@code ZeroPad2d}, {@code ConstantPad2d}, {@code
 * ReflectionPad2d} and {@code ReplicationPad2d}. Immutable.
 */
public final class Pad2d implements Layer {
  private static final String KIND = "pad2d";

  private final int top;
  private final int bottom;
  private final int left;
  private final int right;
  private final Border border;
  private final double value;

  /** Where what lies beyond the border comes from. */
  private enum Border {
    CONSTANT,
    REFLECT,
    REPLICATE;

    private static Border of(String text) {
      return Arrays.stream(values())
          .filter(border -> border.toString().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "the mode of a padding must be one of "
                          + Arrays.toString(values())
                          + ", but is "
                          + text));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Zeros on all sides.
   *
   * @param padding rows above and below, and columns on the left and on the right
   * @throws IllegalArgumentException if it is negative
   */
  public Pad2d(int padding) {
    this(padding, padding, padding, padding);
  }

  /**
   * Zeros, in the order of {@link dev.lanewise.engine.shape.Window#padding}; PyTorch's is left,
   * right, top, bottom.
   *
   * @param top rows above
   * @param bottom rows below
   * @param left columns on the left
   * @param right columns on the right
   * @throws IllegalArgumentException if one is negative
   */
  public Pad2d(int top, int bottom, int left, int right) {
    this(top, bottom, left, right, Border.CONSTANT, 0);
  }

  private Pad2d(int top, int bottom, int left, int right, Border border, double value) {
    if (top < 0 || bottom < 0 || left < 0 || right < 0) {
      throw new IllegalArgumentException(
          "a padding must not be negative (Crop2d takes rows and columns away), but is "
              + List.of(top, bottom, left, right));
    }
    this.top = top;
    this.bottom = bottom;
    this.left = left;
    this.right = right;
    this.border = border;
    this.value = value;
  }

  /**
   * The same rows and columns, holding a constant.
   *
   * @param value what they hold, as a float
   * @return the new layer
   * @throws IllegalArgumentException if it is not finite
   */
  public Pad2d constant(double value) {
    if (!Float.isFinite((float) value)) {
      throw new IllegalArgumentException("a padding must hold a finite value, not " + value);
    }
    return new Pad2d(top, bottom, left, right, Border.CONSTANT, value);
  }

  /**
   * The same rows and columns, as in a mirror through the middle of the outermost pixels, which are
   * not repeated: {@code c b | a b c | b a}.
   *
   * @return the new layer; it accepts maps with more rows and columns than it adds on a side
   */
  public Pad2d reflect() {
    return new Pad2d(top, bottom, left, right, Border.REFLECT, 0);
  }

  /**
   * The same rows and columns, repeating the outermost pixels: {@code a a | a b c | c c}.
   *
   * @return the new layer
   */
  public Pad2d replicate() {
    return new Pad2d(top, bottom, left, right, Border.REPLICATE, 0);
  }

  static Pad2d of(Description description) {
    int[] p = description.integers("padding", 0, 0, 0, 0);
    Pad2d zeros = new Pad2d(p[0], p[1], p[2], p[3]);
    return switch (Border.of(description.text("mode", Border.CONSTANT.toString()))) {
      case CONSTANT -> zeros.constant(description.number("value", 0));
      case REFLECT -> zeros.reflect();
      case REPLICATE -> zeros.replicate();
    };
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("padding", List.of(top, bottom, left, right))
        .with("mode", border.toString(), Border.CONSTANT.toString())
        .with("value", value, 0.0);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape in = inputs[0];
    requireInside("rows", in.height(), top, bottom);
    requireInside("columns", in.width(), left, right);
    return new Shape(
        padded(in.height(), top, bottom), padded(in.width(), left, right), in.channels());
  }

  private void requireInside(String axis, int inputs, int before, int after) {
    if (border == Border.REFLECT && Math.max(before, after) >= inputs) {
      throw new IllegalArgumentException(
          ("a reflection of " + Math.max(before, after) + " " + axis)
              + (" needs an input of more " + axis + " than that, but it has " + inputs));
    }
  }

  private static int padded(int inputs, int before, int after) {
    long padded = (long) before + inputs + after;
    if (padded > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a padding of " + before + " + " + after + " around " + inputs + " is too large");
    }
    return (int) padded;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    Shape in = site.input();
    SeparableMap padding =
        new SeparableMap(
            axis(in.height(), top, bottom),
            axis(in.width(), left, right),
            in.channels(),
            (float) value,
            site.team());
    return new Running(padding, padding.transposed());
  }

  private AxisMap axis(int inputs, int before, int after) {
    int last = inputs - 1;
    return AxisMap.copies(
        inputs,
        before + inputs + after,
        o -> {
          int i = o - before;
          return switch (border) {
            case CONSTANT -> i;
            case REFLECT -> i < 0 ? -i : i > last ? 2 * last - i : i;
            case REPLICATE -> Math.clamp(i, 0, last);
          };
        });
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private record Running(SeparableMap padding, SeparableMap transposed) implements UnaryPass {
    /** {@code y[n,oy,ox,c] = x[n,row(oy),column(ox),c]}, or the constant where there is none. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      padding.apply(context.images(), x, y);
    }

    /**
     * Each pixel collects from all places that it was copied to:
     *
     * <pre>dx[n,iy,ix,c] = sum over row(oy) = iy, column(ox) = ix of dy[n,oy,ox,c]</pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      transposed.apply(context.images(), dy, dx);
    }
  }
}
