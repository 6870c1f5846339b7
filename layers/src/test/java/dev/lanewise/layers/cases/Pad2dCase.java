// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Pad2d;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;
import java.util.function.IntBinaryOperator;

/** See {@link Pad2d}. */
final class Pad2dCase implements LayerCase {
  /** Copies of pixels, and a constant where there is none. */
  private static final class Padded extends PixelSums {
    private final Shape in;
    private final int top;
    private final int left;
    private final IntBinaryOperator source; // of an index and a length
    private final double value;

    Padded(Pad2d layer, Shape in, int top, int left, IntBinaryOperator source, double value) {
      super(layer, in, layer.outputShape(in).height(), layer.outputShape(in).width());
      this.in = in;
      this.top = top;
      this.left = left;
      this.source = source;
      this.value = value;
    }

    private int row(int oy) {
      return source.applyAsInt(oy - top, in.height());
    }

    private int column(int ox) {
      return source.applyAsInt(ox - left, in.width());
    }

    @Override
    double slope(int oy, int ox, int iy, int ix) {
      return row(oy) == iy && column(ox) == ix ? 1 : 0;
    }

    @Override
    double constant(int oy, int ox) {
      boolean inside =
          row(oy) >= 0 && row(oy) < in.height() && column(ox) >= 0 && column(ox) < in.width();
      return inside ? 0 : value;
    }
  }

  private static final IntBinaryOperator SAME = (i, n) -> i;
  private static final IntBinaryOperator CLAMPED = (i, n) -> Math.min(Math.max(i, 0), n - 1);
  private static final IntBinaryOperator MIRRORED = (i, n) -> n - 1 - Math.abs(n - 1 - Math.abs(i));

  @Override
  public List<Oracle> oracles() {
    Shape in = Shape.of(4, 5, 3);
    Pad2d pad = new Pad2d(1, 2, 3, 0);
    return List.of(
        new Padded(new Pad2d(0), in, 0, 0, SAME, 0),
        new Padded(new Pad2d(2), in, 2, 2, SAME, 0),
        new Padded(pad, in, 1, 3, SAME, 0),
        new Padded(pad.constant(-1.5), in, 1, 3, SAME, -1.5),
        new Padded(pad.reflect(), in, 1, 3, MIRRORED, 0),
        new Padded(new Pad2d(3, 3, 4, 4).reflect(), in, 3, 4, MIRRORED, 0),
        new Padded(pad.replicate(), in, 1, 3, CLAMPED, 0),
        new Padded(new Pad2d(0, 6, 7, 1).replicate(), in, 0, 7, CLAMPED, 0));
  }

  @Override
  public List<Oracle> largeOracles() {
    Pad2d pad = new Pad2d(0, 0, 5, 6);
    return List.of(new Padded(pad.reflect(), Shape.of(1, 40, 60), 0, 5, MIRRORED, 0));
  }

  @Override
  public List<Said> said() {
    Pad2d pad = new Pad2d(1, 0, 2, 3);
    return List.of(
        said(new Pad2d(1), "pad2d(padding=[1, 1, 1, 1])", Shape.of(6, 8, 2)),
        said(pad.constant(0.5), "pad2d(padding=[1, 0, 2, 3], value=0.5)", Shape.of(5, 11, 2)),
        said(pad.reflect(), "pad2d(padding=[1, 0, 2, 3], mode=reflect)", Shape.of(5, 11, 2)),
        said(pad.replicate(), "pad2d(padding=[1, 0, 2, 3], mode=replicate)", Shape.of(5, 11, 2)));
  }

  private static Said said(Pad2d pad, String text, Shape output) {
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return new Said(pad, text, traits, output, Shape.of(4, 6, 2));
  }
}
