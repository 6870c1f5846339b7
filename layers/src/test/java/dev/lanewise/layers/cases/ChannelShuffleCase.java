// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link ChannelShuffle}. */
final class ChannelShuffleCase implements LayerCase {
  /** Channel j of group g becomes channel {@code j * groups + g}. */
  private static final class Shuffled extends Oracle {
    private final int groups;
    private final int channels;

    Shuffled(int groups, Shape in) {
      super(new ChannelShuffle(groups), in);
      this.groups = groups;
      channels = in.channels();
    }

    private int to(int i) {
      int size = channels / groups; // of a group
      int c = i % channels;
      return i - c + c % size * groups + c / size;
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[x[0].length];
      for (int i = 0; i < y.length; i++) {
        y[to(i)] = x[0][i];
      }
      return Bounded.exactly(y);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = new double[dy.length];
      for (int i = 0; i < dx.length; i++) {
        dx[i] = dy[to(i)];
      }
      return new Gradients(List.of(Bounded.exactly(dx)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Shuffled(1, Shape.of(3, 2, 5)),
        new Shuffled(2, Shape.of(3, 2, 6)),
        new Shuffled(4, Shape.of(2, 3, 12)),
        new Shuffled(7, Shape.flat(7)));
  }

  @Override
  public List<Said> said() {
    Shape map = Shape.of(4, 3, 6);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return List.of(new Said(new ChannelShuffle(3), "channel_shuffle(groups=3)", traits, map, map));
  }
}
