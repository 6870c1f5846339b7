// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Crop2d;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Crop2d}. */
final class Crop2dCase implements LayerCase {
  /** The pixels that are left. */
  private static final class Cropped extends PixelSums {
    private final int top;
    private final int left;

    Cropped(Shape in, int top, int bottom, int left, int right) {
      super(
          new Crop2d(top, bottom, left, right),
          in,
          in.height() - top - bottom,
          in.width() - left - right);
      this.top = top;
      this.left = left;
    }

    @Override
    double slope(int oy, int ox, int iy, int ix) {
      return oy + top == iy && ox + left == ix ? 1 : 0;
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape in = Shape.of(5, 6, 3);
    return List.of(
        new Cropped(in, 0, 0, 0, 0),
        new Cropped(in, 1, 1, 1, 1),
        new Cropped(in, 1, 2, 3, 0),
        new Cropped(in, 4, 0, 0, 5));
  }

  @Override
  public List<Said> said() {
    Shape in = Shape.of(5, 6, 3);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return List.of(
        new Said(new Crop2d(2), "crop2d(cropping=[2, 2, 2, 2])", traits, Shape.of(1, 2, 3), in),
        new Said(
            new Crop2d(1, 0, 2, 3),
            "crop2d(cropping=[1, 0, 2, 3])",
            traits,
            Shape.of(4, 1, 3),
            in));
  }
}
