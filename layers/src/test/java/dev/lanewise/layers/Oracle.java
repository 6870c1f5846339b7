package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Layers in double precision, forward and backward, written from the definitions, and what a float
 * kernel may be off by: for a sum of k products {@code (k + 2) * 2^-24 * sum |a||b|}.
 */
interface Oracle {
  double UNIT = 0x1p-24;

  /** Values, and what a float computation of them may be off by. */
  record Bounded(double[] value, double[] error) {
    static Bounded exactly(double[] value) {
      return new Bounded(value, new double[value.length]);
    }

    /** The sum of two of them, rounded once more. */
    Bounded twice() {
      double[] twice = value.clone();
      double[] twiceOff = error.clone();
      Arrays.setAll(twice, i -> 2 * value[i]);
      Arrays.setAll(twiceOff, i -> 2 * error[i] + UNIT * Math.abs(twice[i]));
      return new Bounded(twice, twiceOff);
    }

    /** Whether a tensor's values are these, as far as they may be off. */
    void assertHolds(String what, Tensor actual) {
      assertEquals(value.length, actual.size(), what);
      for (int i = 0; i < value.length; i++) {
        double off = Math.abs(value[i] - actual.data[actual.offset + i]);
        if (!(off <= error[i])) {
          fail(
              what + "[" + i + "] should be " + value[i] + ", is off by " + off + " > " + error[i]);
        }
      }
    }
  }

  /** What a backward pass gives; {@code dp} has the gradients of the parameters. */
  record Gradients(Bounded dx, Bounded... dp) {}

  Layer layer();

  Bounded forward(int batch, double[] x, double[]... parameters);

  Gradients backward(int batch, double[] x, double[] dy, double[]... parameters);

  /**
   * A layer whose output is a sum of products of x and weight, and a bias: y, dx and dWeight are
   * three sums over the same terms.
   */
  abstract class Bilinear implements Oracle {
    /** How much more a fast algorithm rounds, as a multiple of the largest sum; 0: not at all. */
    private final int fast;

    Bilinear(int fast) {
      this.fast = fast;
    }

    /** One product x[xi] * weight[wi], part of y[yi]. */
    interface Term {
      void at(int xi, int wi, int yi);
    }

    abstract void terms(int batch, Term term);

    abstract int inputs();

    abstract int outputs();

    /** Of one image: y[yi] has bias[yi % biases]. */
    abstract int biases();

    /** The sums of one result, with what bounds their errors. */
    private static final class Sums {
      final double[] value;
      final double[] magnitude;
      final int[] count;

      Sums(int n) {
        value = new double[n];
        magnitude = new double[n];
        count = new int[n];
      }

      void add(int i, double a, double b) {
        value[i] += a * b;
        magnitude[i] += Math.abs(a * b);
        count[i]++;
      }

      Bounded bounded(int fast) {
        double largest = Arrays.stream(magnitude).max().orElse(0);
        double[] error = new double[value.length];
        for (int i = 0; i < error.length; i++) {
          error[i] = (count[i] + 2) * UNIT * (fast == 0 ? magnitude[i] : fast * largest);
        }
        return new Bounded(value, error);
      }
    }

    @Override
    public Bounded forward(int batch, double[] x, double[]... p) {
      Sums y = new Sums(batch * outputs());
      for (int i = 0; i < y.value.length; i++) {
        y.add(i, p[1][i % biases()], 1);
      }
      terms(batch, (xi, wi, yi) -> y.add(yi, x[xi], p[0][wi]));
      return y.bounded(fast);
    }

    @Override
    public Gradients backward(int batch, double[] x, double[] dy, double[]... p) {
      Sums dx = new Sums(batch * inputs());
      Sums dw = new Sums(p[0].length);
      Sums db = new Sums(biases());
      terms(
          batch,
          (xi, wi, yi) -> {
            dx.add(xi, p[0][wi], dy[yi]);
            dw.add(wi, x[xi], dy[yi]);
          });
      for (int i = 0; i < dy.length; i++) {
        db.add(i % biases(), dy[i], 1);
      }
      return new Gradients(dx.bounded(fast), dw.bounded(fast), db.bounded(0));
    }
  }

  /** x: [N, H, W, C], weight: [KH, KW, C, OC], bias: [OC], y: [N, OH, OW, OC]. */
  static Oracle conv(Shape in, int outChannels, Window window, Convolution.Algorithm algorithm) {
    Layer layer = new Conv2d(in.channels(), outChannels, window, Initializer.HE_NORMAL, algorithm);
    WindowGrid grid = window.over(in.height(), in.width());
    boolean fast =
        algorithm == Convolution.Algorithm.AUTO
            && window.equals(Window.same(3))
            && in.channels() % 16 == 0
            && outChannels % 16 == 0;
    return new Bilinear(fast ? 16 : 0) {
      @Override
      public Layer layer() {
        return layer;
      }

      @Override
      int inputs() {
        return in.size();
      }

      @Override
      int outputs() {
        return grid.outputPixels() * outChannels;
      }

      @Override
      int biases() {
        return outChannels;
      }

      @Override
      void terms(int batch, Term term) {
        for (int pixel = 0; pixel < batch * grid.outputPixels(); pixel++) {
          for (int tap = 0; tap < window.kernelH() * window.kernelW(); tap++) {
            int at = source(grid, pixel, tap) * in.channels();
            for (int c = 0; at >= 0 && c < in.channels(); c++) {
              for (int oc = 0; oc < outChannels; oc++) {
                int wi = (tap * in.channels() + c) * outChannels + oc;
                term.at(at + c, wi, pixel * outChannels + oc);
              }
            }
          }
        }
      }
    };
  }

  /** The input pixel of a batch that an output pixel sees through a tap, or -1: padding. */
  private static int source(WindowGrid grid, int pixel, int tap) {
    Window w = grid.window();
    int n = pixel / grid.outputPixels();
    int oy = pixel % grid.outputPixels() / grid.outputW();
    int ox = pixel % grid.outputW();
    int iy = oy * w.strideH() - grid.padTop() + tap / w.kernelW() * w.dilationH();
    int ix = ox * w.strideW() - grid.padLeft() + tap % w.kernelW() * w.dilationW();
    boolean inside = iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW();
    return inside ? n * grid.inputPixels() + iy * grid.inputW() + ix : -1;
  }

  /** x: [N, in], weight: [out, in], bias: [out], y: [N, out]. */
  static Oracle dense(int in, int out) {
    Layer layer = new Dense(in, out);
    return new Bilinear(0) {
      @Override
      public Layer layer() {
        return layer;
      }

      @Override
      int inputs() {
        return in;
      }

      @Override
      int outputs() {
        return out;
      }

      @Override
      int biases() {
        return out;
      }

      @Override
      void terms(int batch, Term term) {
        for (int n = 0; n < batch; n++) {
          for (int j = 0; j < out; j++) {
            for (int i = 0; i < in; i++) {
              term.at(n * in + i, j * in + i, n * out + j);
            }
          }
        }
      }
    };
  }

  static Oracle relu() {
    return new Oracle() {
      @Override
      public Layer layer() {
        return new Relu();
      }

      @Override
      public Bounded forward(int batch, double[] x, double[]... none) {
        return Bounded.exactly(Arrays.stream(x).map(v -> Math.max(v, 0)).toArray());
      }

      @Override
      public Gradients backward(int batch, double[] x, double[] dy, double[]... none) {
        double[] dx = dy.clone();
        Arrays.setAll(dx, i -> x[i] > 0 ? dy[i] : 0);
        return new Gradients(Bounded.exactly(dx));
      }
    };
  }

  static Oracle maxPool(Shape in, Window window) {
    WindowGrid grid = window.over(in.height(), in.width());
    return new Oracle() {
      @Override
      public Layer layer() {
        return new MaxPool2d(window);
      }

      /** The elements of x under the window of an element of y. */
      private int[] under(int yi) {
        int c = yi % in.channels();
        return IntStream.range(0, window.kernelH() * window.kernelW())
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
      public Bounded forward(int batch, double[] x, double[]... none) {
        double[] y = new double[batch * grid.outputPixels() * in.channels()];
        Arrays.setAll(y, i -> x[winner(i, x)]);
        return Bounded.exactly(y);
      }

      /** An element of dx adds up as many dy as windows that it has won. */
      @Override
      public Gradients backward(int batch, double[] x, double[] dy, double[]... none) {
        double[] dx = new double[batch * in.size()];
        double[] error = dx.clone();
        for (int i = 0; i < dy.length; i++) {
          dx[winner(i, x)] += dy[i];
          error[winner(i, x)] += window.kernelH() * window.kernelW() * UNIT * Math.abs(dy[i]);
        }
        return new Gradients(new Bounded(dx, error));
      }
    };
  }

  static Oracle flatten() {
    return new Oracle() {
      @Override
      public Layer layer() {
        return new Flatten();
      }

      @Override
      public Bounded forward(int batch, double[] x, double[]... none) {
        return Bounded.exactly(x);
      }

      @Override
      public Gradients backward(int batch, double[] x, double[] dy, double[]... none) {
        return new Gradients(Bounded.exactly(dy));
      }
    };
  }

  /** The gradient of {@link Doubles#meanCrossEntropy}; z: [N, classes]. */
  static Bounded crossEntropyGradient(int classes, double[] z, int[] labels) {
    double[] dz = new double[z.length];
    double[] error = new double[z.length];
    for (int n = 0; n < labels.length; n++) {
      double[] row = Arrays.copyOfRange(z, n * classes, (n + 1) * classes);
      double sum = Arrays.stream(row).map(Math::exp).sum();
      double spread = Arrays.stream(row).max().orElse(0) - Arrays.stream(row).min().orElse(0);
      for (int j = 0; j < classes; j++) {
        double p = Math.exp(row[j]) / sum;
        dz[n * classes + j] = (p - (j == labels[n] ? 1 : 0)) / labels.length;
        // Shift, exponential, sum and division round p, the subtraction numbers up to 1.
        double roundings = (8 + spread / 16) * p + 1;
        error[n * classes + j] = roundings * UNIT / labels.length;
      }
    }
    return new Bounded(dz, error);
  }
}
