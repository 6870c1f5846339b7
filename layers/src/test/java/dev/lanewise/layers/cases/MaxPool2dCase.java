// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** See {@link MaxPool2d}. */
final class MaxPool2dCase implements LayerCase {
  /** The largest under each window. */
  private static final class Winners extends Oracle {
    private final Shape in;
    private final int taps;
    private final WindowGrid grid;

    Winners(MaxPool2d layer, Shape in, Window window) {
      super(layer, in);
      this.in = in;
      taps = window.kernelH() * window.kernelW();
      grid = WindowGrid.of(window, in.height(), in.width());
    }

    /** The elements of x under the window of an element of y. */
    private int[] under(int yi) {
      int c = yi % in.channels();
      return IntStream.range(0, taps)
          .map(tap -> source(grid, yi / in.channels(), tap))
          .filter(pixel -> pixel >= 0)
          .map(pixel -> pixel * in.channels() + c)
          .toArray();
    }

    private int winner(int yi, double[] x) {
      int winner = -1;
      for (int xi : under(yi)) {
        winner = winner < 0 || x[xi] > x[winner] ? xi : winner;
      }
      return winner;
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[batch * grid.outputPixels() * in.channels()];
      Arrays.setAll(y, i -> x[0][winner(i, x[0])]);
      return Bounded.exactly(y);
    }

    /** An element of dx is the sum of the dy of all windows that it has won. */
    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = new double[batch * in.size()];
      double[] error = dx.clone();
      for (int i = 0; i < dy.length; i++) {
        int winner = winner(i, x[0]);
        dx[winner] += dy[i];
        error[winner] += taps * UNIT * Math.abs(dy[i]);
      }
      return new Gradients(List.of(new Bounded(dx, error)), List.of());
    }
  }

  static Oracle oracle(Shape in, Window window) {
    return new Winners(new MaxPool2d(window), in, window);
  }

  /** With the rows and columns that a last window reaches beyond the padding, by hand. */
  private static Oracle ceiled(Shape in, Window w, int rows, int columns) {
    Window more = w.padding(w.padTop(), w.padBottom() + rows, w.padLeft(), w.padRight() + columns);
    return new Winners(new MaxPool2d(w).ceil(true), in, more);
  }

  @Override
  public List<Oracle> oracles() {
    Shape in = Shape.of(5, 6, 3);
    return List.of(
        oracle(in, Window.valid(2).stride(2)),
        oracle(in, Window.valid(3).stride(2)),
        oracle(in, Window.same(3)),
        oracle(in, Window.valid(2).padding(1, 1, 0, 1).stride(2, 1)),
        oracle(in, Window.valid(2).dilation(2, 3)),
        ceiled(in, Window.valid(2).stride(2), 1, 0),
        ceiled(in, Window.valid(3).stride(2).padding(1, 1, 1, 1), 0, 1),
        ceiled(in, Window.valid(7, 3).stride(3), 2, 0),
        ceiled(in, Window.valid(2, 2).stride(3).dilation(2, 1).padding(1, 0, 0, 0), 0, 0),
        new Winners(MaxPool2d.global(), in, Window.valid(5, 6)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(5, 6, 4);
    return List.of(
        said(2, "max_pool2d(kernel=[2, 2], stride=[2, 2])", Shape.of(2, 3, 4)),
        said(3, "max_pool2d(kernel=[3, 3], stride=[3, 3])", Shape.of(1, 2, 4)),
        new Said(
            new MaxPool2d(Window.same(3, 2).stride(2).dilation(1, 2)),
            "max_pool2d(kernel=[3, 2], stride=[2, 2], dilation=[1, 2], same=true)",
            TRAITS,
            Shape.of(3, 3, 4),
            image),
        new Said(
            new MaxPool2d(2).ceil(true),
            "max_pool2d(kernel=[2, 2], stride=[2, 2], ceil=true)",
            TRAITS,
            Shape.of(3, 3, 4),
            image),
        new Said(MaxPool2d.global(), "max_pool2d(global=true)", TRAITS, Shape.flat(4), image),
        new Said(
            new MaxPool2d(Window.valid(2).padding(1, 0, 0, 1)),
            "max_pool2d(kernel=[2, 2], padding=[1, 0, 0, 1])",
            TRAITS,
            Shape.of(5, 6, 4),
            image));
  }

  private static final Set<Trait> TRAITS =
      Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y, Trait.FUSES_RELU_BEFORE);

  private static Said said(int size, String text, Shape output) {
    return new Said(new MaxPool2d(size), text, TRAITS, output, Shape.of(5, 6, 4));
  }

  @Override
  public String pytorchWord() {
    return "pool";
  }

  /** Words: pool, six of the window, padding. */
  @Override
  public Layer ofPyTorch(String... words) {
    return new MaxPool2d(PyTorchWindow.of(words));
  }
}
