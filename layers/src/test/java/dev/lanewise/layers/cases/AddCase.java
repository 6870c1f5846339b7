// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** See {@link Add}. */
final class AddCase implements LayerCase {
  /** {@code y = x[0] + x[1] + ...}. */
  private static final class Sum extends Oracle {
    Sum(int inputs, Shape shape) {
      super(new Add(), Collections.nCopies(inputs, shape).toArray(Shape[]::new));
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[x[0].length];
      double[] error = new double[y.length];
      for (double[] each : x) {
        for (int i = 0; i < y.length; i++) {
          y[i] += each[i];
          error[i] += (x.length - 1) * UNIT * Math.abs(each[i]);
        }
      }
      return new Bounded(y, error);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      return new Gradients(Collections.nCopies(x.length, Bounded.exactly(dy)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape shape = Shape.of(3, 2, 5);
    return List.of(new Sum(1, shape), new Sum(2, shape), new Sum(3, shape));
  }

  @Override
  public List<Said> said() {
    Shape shape = Shape.of(4, 4, 2);
    Set<Trait> traits =
        Set.of(
            Trait.PER_IMAGE,
            Trait.IN_PLACE,
            Trait.IGNORES_X,
            Trait.IGNORES_Y,
            Trait.FUSES_RELU_AFTER);
    return List.of(
        new Said(new Add(), "add", traits, shape, shape),
        new Said(new Add(), "add", traits, shape, shape, shape, shape));
  }

  /** Two residual blocks; the second makes another shape, so its shortcut has a convolution. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(16, same),
        new Relu(),
        new Residual(new Sequential(new Conv2d(16, same), new Relu(), new Conv2d(16, same))),
        new Relu(),
        new Residual(
            new Sequential(new Conv2d(24, same.stride(2)), new Relu(), new Conv2d(24, same)),
            new Conv2d(24, Window.valid(1).stride(2)).bias(false)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(4));
  }
}
