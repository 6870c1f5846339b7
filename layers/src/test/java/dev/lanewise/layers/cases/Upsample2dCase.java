// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Crop2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Pad2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Upsample2d;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Upsample2d}. */
final class Upsample2dCase implements LayerCase {
  /** Where an output lies among the inputs. */
  private interface Position {
    double of(int output, int outputs, int inputs);
  }

  private static final Position NEAREST = (o, outputs, inputs) -> o * inputs / outputs;
  private static final Position CENTRES =
      (o, outputs, inputs) -> (o + 0.5) * inputs / outputs - 0.5;
  private static final Position CORNERS =
      (o, outputs, inputs) -> outputs == 1 ? 0 : (double) o * (inputs - 1) / (outputs - 1);

  /** A pixel counts as much as it is nearer than the next one: a hat function. */
  private static final class Resized extends PixelSums {
    private final Shape in;
    private final Shape out;
    private final Position position;

    Resized(Upsample2d layer, Shape in, Shape out, Position position) {
      super(layer, in, out.height(), out.width());
      this.in = in;
      this.out = out;
      this.position = position;
    }

    private static double hat(double at, int i, int inputs) {
      return Math.max(0, 1 - Math.abs(Math.clamp(at, 0.0, inputs - 1.0) - i));
    }

    @Override
    double slope(int oy, int ox, int iy, int ix) {
      return hat(position.of(oy, out.height(), in.height()), iy, in.height())
          * hat(position.of(ox, out.width(), in.width()), ix, in.width());
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape in = Shape.of(4, 5, 3);
    Shape doubled = Shape.of(8, 10, 3);
    Shape odd = Shape.of(7, 3, 3);
    Shape one = Shape.of(1, 1, 3);
    Upsample2d two = new Upsample2d(2);
    return List.of(
        new Resized(two, in, doubled, NEAREST),
        new Resized(new Upsample2d(3, 1), in, Shape.of(12, 5, 3), NEAREST),
        new Resized(Upsample2d.to(7, 3), in, odd, NEAREST),
        new Resized(two.bilinear(), in, doubled, CENTRES),
        new Resized(two.bilinearAligned(), in, doubled, CORNERS),
        new Resized(Upsample2d.to(7, 3).bilinear(), in, odd, CENTRES),
        new Resized(Upsample2d.to(7, 3).bilinearAligned(), in, odd, CORNERS),
        new Resized(Upsample2d.to(4, 5).bilinear(), in, in, CENTRES),
        new Resized(Upsample2d.to(1, 1).bilinear(), in, one, CENTRES),
        new Resized(Upsample2d.to(1, 1).bilinearAligned(), in, one, CORNERS),
        new Resized(new Upsample2d(3).bilinear(), one, Shape.of(3, 3, 3), CENTRES));
  }

  @Override
  public List<Oracle> largeOracles() {
    Upsample2d two = new Upsample2d(2).bilinear();
    return List.of(new Resized(two, Shape.of(2, 3, 1030), Shape.of(4, 6, 1030), CENTRES));
  }

  @Override
  public List<Said> said() {
    Shape doubled = Shape.of(8, 10, 3);
    Shape size = Shape.of(6, 7, 3);
    return List.of(
        said(new Upsample2d(2), "upsample2d(scale=2.0)", doubled),
        said(new Upsample2d(1.6), "upsample2d(scale=1.6)", Shape.of(6, 8, 3)),
        said(new Upsample2d(1.5, 0.5), "upsample2d(scale_h=1.5, scale_w=0.5)", Shape.of(6, 2, 3)),
        said(Upsample2d.to(6, 7), "upsample2d(size=[6, 7])", size),
        said(new Upsample2d(2).bilinear(), "upsample2d(scale=2.0, mode=bilinear)", doubled),
        said(
            Upsample2d.to(6, 7).bilinearAligned(),
            "upsample2d(size=[6, 7], mode=bilinear, align_corners=true)",
            size));
  }

  private static Said said(Upsample2d upsample, String text, Shape output) {
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return new Said(upsample, text, traits, output, Shape.of(4, 5, 3));
  }

  /** A map that is made smaller, and larger again by each way. */
  @Override
  public List<Block> trained() {
    return List.of(
        new Pad2d(1, 1, 2, 0).reflect(),
        new Conv2d(12, Window.valid(3).stride(2)),
        new Relu(),
        new Pad2d(1).replicate(),
        new AvgPool2d(2),
        new Upsample2d(2),
        new Conv2d(16, Window.valid(3)),
        new Relu(),
        new Upsample2d(1.5, 2).bilinear(),
        new Crop2d(1, 0, 0, 1),
        Upsample2d.to(5, 4).bilinearAligned(),
        new Pad2d(1).constant(0.5),
        new Flatten(),
        new Dense(4));
  }
}
