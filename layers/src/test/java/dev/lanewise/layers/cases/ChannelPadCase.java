// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.ChannelPad;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link ChannelPad}. */
final class ChannelPadCase implements LayerCase {
  /** Element c of a pixel of x is element {@code before + c} of the same pixel of y. */
  private static final class Padded extends Oracle {
    private final int before;
    private final int narrow;
    private final int wide;

    Padded(int before, int after, Shape in) {
      super(new ChannelPad(before, after), in);
      this.before = before;
      narrow = in.channels();
      wide = before + narrow + after;
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[x[0].length / narrow * wide];
      for (int i = 0; i < x[0].length; i++) {
        y[i / narrow * wide + before + i % narrow] = x[0][i];
      }
      return Bounded.exactly(y);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = new double[x[0].length];
      for (int i = 0; i < dx.length; i++) {
        dx[i] = dy[i / narrow * wide + before + i % narrow];
      }
      return new Gradients(List.of(Bounded.exactly(dx)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Padded(2, 3, Shape.of(3, 4, 5)),
        new Padded(0, 1, Shape.of(3, 4, 1)),
        new Padded(1, 0, Shape.flat(7)),
        new Padded(0, 0, Shape.of(2, 2, 2)));
  }

  @Override
  public List<Said> said() {
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    Shape in = Shape.of(4, 5, 2);
    return List.of(
        new Said(
            new ChannelPad(1, 3), "channel_pad(before=1, after=3)", traits, Shape.of(4, 5, 6), in),
        new Said(new ChannelPad(0, 0), "channel_pad", traits, in, in));
  }

  @Override
  public List<Block> trained() {
    return List.of(
        new Conv2d(3, Window.same(3)),
        new Relu(),
        new ChannelPad(1, 2),
        new Conv2d(5, Window.valid(3)),
        AvgPool2d.global(),
        new Dense(4));
  }
}
