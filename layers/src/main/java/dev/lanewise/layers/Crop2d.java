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

/** Takes rows and columns away at the borders of each feature map. Immutable. */
public final class Crop2d implements Layer {
  private static final String KIND = "crop2d";

  private final int top;
  private final int bottom;
  private final int left;
  private final int right;

  /**
   * Crops on all sides.
   *
   * @param cropping rows above and below, and columns on the left and on the right
   * @throws IllegalArgumentException if it is negative
   */
  public Crop2d(int cropping) {
    this(cropping, cropping, cropping, cropping);
  }

  /**
   * Crops, in the order of {@link Pad2d}.
   *
   * @param top rows above
   * @param bottom rows below
   * @param left columns on the left
   * @param right columns on the right
   * @throws IllegalArgumentException if one is negative
   */
  public Crop2d(int top, int bottom, int left, int right) {
    if (top < 0 || bottom < 0 || left < 0 || right < 0) {
      throw new IllegalArgumentException(
          "a cropping must not be negative (Pad2d adds rows and columns), but is "
              + List.of(top, bottom, left, right));
    }
    this.top = top;
    this.bottom = bottom;
    this.left = left;
    this.right = right;
  }

  static Crop2d of(Description description) {
    int[] c = description.integers("cropping", 0, 0, 0, 0);
    return new Crop2d(c[0], c[1], c[2], c[3]);
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("cropping", List.of(top, bottom, left, right));
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape in = inputs[0];
    return new Shape(
        cropped("rows", in.height(), top, bottom),
        cropped("columns", in.width(), left, right),
        in.channels());
  }

  private static int cropped(String axis, int inputs, int before, int after) {
    long cropped = (long) inputs - before - after;
    if (cropped < 1) {
      throw new IllegalArgumentException(
          "cropping " + before + " + " + after + " of " + inputs + " " + axis + " leaves none");
    }
    return (int) cropped;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    Shape in = site.input();
    Shape out = site.output();
    SeparableMap cropping =
        new SeparableMap(
            AxisMap.copies(in.height(), out.height(), oy -> oy + top),
            AxisMap.copies(in.width(), out.width(), ox -> ox + left),
            in.channels(),
            0f,
            site.team());
    return new Running(cropping, cropping.transposed());
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private record Running(SeparableMap cropping, SeparableMap transposed) implements UnaryPass {
    /** {@code y[n,oy,ox,c] = x[n, oy + top, ox + left, c]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      cropping.apply(context.images(), x, y);
    }

    /** {@code dx[n,iy,ix,c] = dy[n, iy - top, ix - left, c]} where there is one, otherwise 0. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      transposed.apply(context.images(), dy, dx);
    }
  }
}
