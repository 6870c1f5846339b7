// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** See {@link AvgPool2d}. */
final class AvgPool2dCase implements LayerCase {
  private static final Set<Trait> TRAITS =
      Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);

  /** Sums of doubles that are rounded once. */
  private static final class Averages extends Oracle {
    private final Shape in;
    private final WindowGrid grid;
    private final boolean countPadding;
    private final int beyondH; // rows of the grid that are no padding
    private final int beyondW;

    Averages(AvgPool2d layer, Shape in, Window window, boolean countPadding) {
      this(layer, in, window, countPadding, 0, 0);
    }

    Averages(
        AvgPool2d layer, Shape in, Window window, boolean countPadding, int beyondH, int beyondW) {
      super(layer, in);
      this.in = in;
      this.countPadding = countPadding;
      this.beyondH = beyondH;
      this.beyondW = beyondW;
      grid = WindowGrid.of(window, in.height(), in.width());
    }

    /** The taps of an output that lie in the image or its padding. */
    private long counted(int pixel) {
      Window w = grid.window();
      int oy = pixel % grid.outputPixels() / grid.outputW() * w.strideH();
      int ox = pixel % grid.outputW() * w.strideW();
      return IntStream.range(0, w.kernelH() * w.kernelW())
          .filter(
              tap ->
                  oy + tap / w.kernelW() * w.dilationH() < grid.paddedH() - beyondH
                      && ox + tap % w.kernelW() * w.dilationW() < grid.paddedW() - beyondW)
          .count();
    }

    /** One x[xi] under the window of y[yi]. */
    private interface Term {
      void at(int xi, int yi, double factor);
    }

    private void terms(int batch, Term term) {
      int taps = grid.window().kernelH() * grid.window().kernelW();
      for (int pixel = 0; pixel < batch * grid.outputPixels(); pixel++) {
        int at = pixel;
        int[] seen =
            IntStream.range(0, taps)
                .map(tap -> source(grid, at, tap))
                .filter(i -> i >= 0)
                .toArray();
        for (int from : seen) {
          for (int c = 0; c < in.channels(); c++) {
            double factor = 1.0 / (countPadding ? counted(at) : seen.length);
            term.at(from * in.channels() + c, pixel * in.channels() + c, factor);
          }
        }
      }
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[batch * grid.outputPixels() * in.channels()];
      terms(batch, (xi, yi, factor) -> y[yi] += factor * x[0][xi]);
      return PixelSums.rounded(y);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = new double[x[0].length];
      terms(batch, (xi, yi, factor) -> dx[xi] += factor * dy[yi]);
      return new Gradients(List.of(PixelSums.rounded(dx)), List.of());
    }
  }

  /** Averages of parts of the rows and columns, as they are defined. */
  private static final class Parts extends PixelSums {
    private final Shape in;
    private final int height;
    private final int width;

    Parts(Shape in, int height, int width) {
      super(AvgPool2d.adaptive(height, width), in, height, width);
      this.in = in;
      this.height = height;
      this.width = width;
    }

    @Override
    double slope(int oy, int ox, int iy, int ix) {
      return share(oy, height, iy, in.height()) * share(ox, width, ix, in.width());
    }

    private static double share(int o, int outputs, int i, int inputs) {
      int from = o * inputs / outputs;
      int to = Math.ceilDiv((o + 1) * inputs, outputs);
      return i >= from && i < to ? 1.0 / (to - from) : 0;
    }
  }

  @Override
  public List<Oracle> oracles() {
    Shape in = Shape.of(5, 6, 3);
    List<Oracle> oracles = new ArrayList<>();
    for (Window window :
        List.of(
            Window.valid(2).stride(2),
            Window.same(3),
            Window.valid(2).padding(1, 1, 0, 1).stride(2, 1),
            Window.valid(2).dilation(2, 3))) {
      AvgPool2d pool = new AvgPool2d(window);
      oracles.add(new Averages(pool, in, window, true));
      oracles.add(new Averages(pool.countPadding(false), in, window, false));
    }
    oracles.add(new Averages(AvgPool2d.global(), in, Window.valid(5, 6), true));
    oracles.addAll(ceiled(in));
    oracles.add(new Parts(in, 1, 1));
    oracles.add(new Parts(in, 3, 4));
    oracles.add(new Parts(in, 7, 6));
    oracles.add(new Parts(Shape.of(7, 9, 5), 2, 3));
    return oracles;
  }

  /** Rows and columns that a last window reaches beyond the padding, by hand. */
  private static List<Oracle> ceiled(Shape in) {
    Window two = Window.valid(2).stride(2); // one row beyond 5
    Window three = Window.valid(3).stride(2).padding(1, 1, 1, 1); // one column beyond 1 + 6 + 1
    Window large = Window.valid(7, 3).stride(3); // two rows beyond 5, none beyond 6
    List<Oracle> oracles = new ArrayList<>();
    for (boolean count : new boolean[] {true, false}) {
      oracles.add(new Averages(ceil(two, count), in, two.padding(0, 1, 0, 0), count, 1, 0));
      oracles.add(new Averages(ceil(three, count), in, three.padding(1, 1, 1, 2), count, 0, 1));
      oracles.add(new Averages(ceil(large, count), in, large.padding(0, 2, 0, 0), count, 2, 0));
    }
    Window same = Window.same(3).stride(2);
    oracles.add(new Averages(ceil(same, true), in, same, true));
    return oracles;
  }

  private static AvgPool2d ceil(Window window, boolean countPadding) {
    return new AvgPool2d(window).ceil(true).countPadding(countPadding);
  }

  @Override
  public List<Oracle> largeOracles() {
    Shape row = Shape.of(2, 40, 60);
    Window same = Window.same(3);
    return List.of(
        new Averages(new AvgPool2d(same), row, same, true), new Parts(Shape.of(3, 4, 1100), 2, 1));
  }

  @Override
  public List<Said> said() {
    return List.of(
        said(new AvgPool2d(2), "avg_pool2d(kernel=[2, 2], stride=[2, 2])", Shape.of(2, 3, 4)),
        said(
            new AvgPool2d(Window.same(3).stride(2)).countPadding(false),
            "avg_pool2d(kernel=[3, 3], stride=[2, 2], same=true, count_padding=false)",
            Shape.of(3, 3, 4)),
        said(
            new AvgPool2d(2).ceil(true),
            "avg_pool2d(kernel=[2, 2], stride=[2, 2], ceil=true)",
            Shape.of(3, 3, 4)),
        said(AvgPool2d.adaptive(3, 7), "avg_pool2d(output=[3, 7])", Shape.of(3, 7, 4)),
        said(AvgPool2d.global(), "avg_pool2d(global=true)", Shape.flat(4)));
  }

  private static Said said(AvgPool2d pool, String text, Shape output) {
    return new Said(pool, text, TRAITS, output, Shape.of(5, 6, 4));
  }
}
