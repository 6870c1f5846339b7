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

    Averages(AvgPool2d layer, Shape in, Window window, boolean countPadding) {
      super(layer, in);
      this.in = in;
      this.countPadding = countPadding;
      grid = WindowGrid.of(window, in.height(), in.width());
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
            double factor = 1.0 / (countPadding ? taps : seen.length);
            term.at(from * in.channels() + c, pixel * in.channels() + c, factor);
          }
        }
      }
    }

    private static Bounded rounded(double[] value) {
      double[] error = value.clone();
      for (int i = 0; i < error.length; i++) {
        error[i] = 1.01 * UNIT * Math.abs(value[i]) + 1e-15;
      }
      return new Bounded(value, error);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[batch * grid.outputPixels() * in.channels()];
      terms(batch, (xi, yi, factor) -> y[yi] += factor * x[0][xi]);
      return rounded(y);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = new double[x[0].length];
      terms(batch, (xi, yi, factor) -> dx[xi] += factor * dy[yi]);
      return new Gradients(List.of(rounded(dx)), List.of());
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
    return oracles;
  }

  @Override
  public List<Said> said() {
    return List.of(
        said(new AvgPool2d(2), "avg_pool2d(kernel=[2, 2], stride=[2, 2])", Shape.of(2, 3, 4)),
        said(
            new AvgPool2d(Window.same(3).stride(2)).countPadding(false),
            "avg_pool2d(kernel=[3, 3], stride=[2, 2], same=true, count_padding=false)",
            Shape.of(3, 3, 4)),
        said(AvgPool2d.global(), "avg_pool2d(global=true)", Shape.flat(4)));
  }

  private static Said said(AvgPool2d pool, String text, Shape output) {
    return new Said(pool, text, TRAITS, output, Shape.of(5, 6, 4));
  }
}
