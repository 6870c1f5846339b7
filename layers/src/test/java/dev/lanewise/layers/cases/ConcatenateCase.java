// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Shared;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** See {@link Concatenate}. */
final class ConcatenateCase implements LayerCase {
  /** Where each element of each input goes in the output. */
  private static final class Joined extends Oracle {
    Joined(Shape... inputs) {
      super(new Concatenate(), inputs);
    }

    /** The element of y that the i-th element of an input becomes. */
    private int at(int input, int i) {
      Shape[] shapes = inputs();
      int all = 0;
      int before = 0;
      for (int k = 0; k < shapes.length; k++) {
        all += shapes[k].channels();
        before += k < input ? shapes[k].channels() : 0;
      }
      int channels = shapes[input].channels();
      return i / channels * all + before + i % channels;
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      int length = 0;
      for (double[] each : x) {
        length += each.length;
      }
      double[] y = new double[length];
      for (int k = 0; k < x.length; k++) {
        for (int i = 0; i < x[k].length; i++) {
          y[at(k, i)] = x[k][i];
        }
      }
      return Bounded.exactly(y);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      List<Bounded> dx = new ArrayList<>();
      for (int k = 0; k < x.length; k++) {
        double[] d = new double[x[k].length];
        for (int i = 0; i < d.length; i++) {
          d[i] = dy[at(k, i)];
        }
        dx.add(Bounded.exactly(d));
      }
      return new Gradients(dx, List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape map = Shape.of(3, 2, 5);
    return List.of(
        new Joined(map),
        new Joined(map, Shape.of(3, 2, 1)),
        new Joined(Shape.of(3, 2, 2), map, Shape.of(3, 2, 3)));
  }

  @Override
  public List<Said> said() {
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
    Shape two = Shape.of(4, 3, 2);
    return List.of(
        new Said(new Concatenate(), "concatenate", traits, two, two),
        new Said(
            new Concatenate(), "concatenate", traits, Shape.of(4, 3, 7), two, Shape.of(4, 3, 5)));
  }

  /** Three branches; two towers that share their weights. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    Block tower = new Shared(new Sequential(new Conv2d(8, same), new Relu()));
    return List.of(
        new Conv2d(8, same),
        new Relu(),
        new Concat(
            new Conv2d(16, Window.same(1)), new Sequential(tower, tower), new MaxPool2d(same)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(4));
  }
}
