// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.SqueezeExcitation;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link Multiply}. */
final class MultiplyCase implements LayerCase {
  /** {@code y = x[0] * x[1] * ...}, inputs of one pixel or one channel counting for all. */
  private static final class Product extends Oracle {
    private final Shape output;

    Product(Shape output, Shape... inputs) {
      super(new Multiply(), inputs);
      this.output = output;
    }

    /** The element of an input that the i-th element of the output is made of. */
    private int at(int input, int i) {
      Shape shape = inputs()[input];
      int pixels = output.height() * output.width();
      int pixel = i / output.channels();
      int at = shape.height() * shape.width() == 1 ? pixel / pixels : pixel;
      return at * shape.channels() + (shape.channels() == 1 ? 0 : i % output.channels());
    }

    /** The product of all inputs but one. */
    private double others(int input, int i, double[][] x) {
      double product = 1;
      for (int k = 0; k < x.length; k++) {
        product *= k == input ? 1 : x[k][at(k, i)];
      }
      return product;
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[batch * output.size()];
      Arrays.setAll(y, i -> others(-1, i, x));
      double[] error = y.clone();
      Arrays.setAll(error, i -> (x.length - 1) * 1.01 * UNIT * Math.abs(y[i]));
      return new Bounded(y, error);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      List<Bounded> gradients = new ArrayList<>();
      for (int k = 0; k < x.length; k++) {
        double[] dx = new double[x[k].length];
        double[] error = new double[dx.length];
        for (int i = 0; i < dy.length; i++) {
          double term = dy[i] * others(k, i, x);
          dx[at(k, i)] += term;
          error[at(k, i)] += x.length * 1.01 * UNIT * Math.abs(term);
        }
        gradients.add(new Bounded(dx, error));
      }
      return new Gradients(gradients, List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape map = Shape.of(3, 4, 5);
    Shape pixel = Shape.flat(5);
    Shape channel = Shape.of(3, 4, 1);
    return List.of(
        new Product(map, map),
        new Product(map, map, map),
        new Product(map, map, pixel),
        new Product(map, pixel, map),
        new Product(map, map, channel),
        new Product(map, channel, map, pixel),
        new Product(map, pixel, channel),
        new Product(map, Shape.flat(1), map, map),
        new Product(pixel, pixel, Shape.flat(1)));
  }

  @Override
  public List<Oracle> largeOracles() {
    Shape wide = Shape.of(2, 3, 1500); // a pixel at a time
    Shape high = Shape.of(30, 25, 6); // several stretches, the last one shorter
    return List.of(
        new Product(wide, wide, Shape.flat(1500)),
        new Product(high, high, Shape.flat(6), Shape.of(30, 25, 1)));
  }

  @Override
  public List<Said> said() {
    Shape map = Shape.of(4, 3, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
    return List.of(
        new Said(new Multiply(), "multiply", traits, map, map),
        new Said(new Multiply(), "multiply", traits, map, map, Shape.flat(2)),
        new Said(new Multiply(), "multiply", traits, map, Shape.flat(1), Shape.of(4, 3, 1), map));
  }

  /** Nobody reads the inputs again. */
  @Override
  public Set<Trait> inferenceTraits(Said said) {
    Set<Trait> traits = EnumSet.of(Trait.IN_PLACE);
    traits.addAll(said.traits());
    return traits;
  }

  /** What can be made of the layers for structure, and poolings of all kinds. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(12, same),
        new Relu(),
        new MaxPool2d(Window.valid(3).stride(2).padding(1, 1, 1, 1)).ceil(true),
        new ChannelShuffle(3),
        new SqueezeExcitation(4, new LeakyRelu(0.2)),
        new Conv2d(20, same),
        new Relu(),
        new AvgPool2d(Window.valid(3).stride(2)).ceil(true).countPadding(false),
        new SqueezeExcitation(5, new LeakyRelu(), new LeakyRelu(0.5)),
        AvgPool2d.adaptive(2, 3),
        new Flatten(),
        new Dense(4));
  }
}
