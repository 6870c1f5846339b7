package dev.lanewise.layers;

import dev.lanewise.engine.Window;
import dev.lanewise.engine.WindowGrid;

/**
 * Forward passes in double precision, written from the definitions: what gradients are checked by.
 */
final class Doubles {
  private Doubles() {}

  /** x: [N, H, W, C], weight: [KH, KW, C, OC], bias: [OC]; returns [N, OH, OW, OC]. */
  static double[] conv(
      int batch, Shape in, Window window, int outChannels, double[] x, double[] w, double[] bias) {
    WindowGrid grid = window.over(in.height(), in.width());
    double[] y = new double[batch * grid.outputPixels() * outChannels];
    for (int n = 0, out = 0; n < batch; n++) {
      for (int oy = 0; oy < grid.outputH(); oy++) {
        for (int ox = 0; ox < grid.outputW(); ox++) {
          for (int oc = 0; oc < outChannels; oc++, out++) {
            double sum = bias[oc];
            for (int ky = 0; ky < window.kernelH(); ky++) {
              for (int kx = 0; kx < window.kernelW(); kx++) {
                int iy = oy * window.strideH() - grid.padTop() + ky * window.dilationH();
                int ix = ox * window.strideW() - grid.padLeft() + kx * window.dilationW();
                if (iy < 0 || iy >= in.height() || ix < 0 || ix >= in.width()) {
                  continue;
                }
                for (int c = 0; c < in.channels(); c++) {
                  double pixel = x[((n * in.height() + iy) * in.width() + ix) * in.channels() + c];
                  int tap = ky * window.kernelW() + kx;
                  sum += pixel * w[(tap * in.channels() + c) * outChannels + oc];
                }
              }
            }
            y[out] = sum;
          }
        }
      }
    }
    return y;
  }

  /** x: [N, in], weight: [in, out], bias: [out]; returns [N, out]. */
  static double[] dense(int batch, int in, int out, double[] x, double[] w, double[] bias) {
    double[] y = new double[batch * out];
    for (int n = 0; n < batch; n++) {
      for (int j = 0; j < out; j++) {
        double sum = bias[j];
        for (int i = 0; i < in; i++) {
          sum += x[n * in + i] * w[j * in + i];
        }
        y[n * out + j] = sum;
      }
    }
    return y;
  }

  static double[] relu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = Math.max(0, x[i]);
    }
    return y;
  }

  static double[] maxPool(int batch, Shape in, Window window, double[] x) {
    WindowGrid grid = window.over(in.height(), in.width());
    double[] y = new double[batch * grid.outputPixels() * in.channels()];
    for (int i = 0; i < y.length; i++) {
      int c = i % in.channels();
      int ox = i / in.channels() % grid.outputW();
      int oy = i / in.channels() / grid.outputW() % grid.outputH();
      int n = i / in.channels() / grid.outputPixels();
      double max = Double.NEGATIVE_INFINITY;
      for (int ky = 0; ky < window.kernelH(); ky++) {
        for (int kx = 0; kx < window.kernelW(); kx++) {
          int iy = oy * window.strideH() - grid.padTop() + ky * window.dilationH();
          int ix = ox * window.strideW() - grid.padLeft() + kx * window.dilationW();
          if (iy >= 0 && iy < in.height() && ix >= 0 && ix < in.width()) {
            int at = ((n * in.height() + iy) * in.width() + ix) * in.channels() + c;
            max = Math.max(max, x[at]);
          }
        }
      }
      y[i] = max;
    }
    return y;
  }

  /** The mean of {@code -log softmax(z)[label]} over the rows of z: [N, classes]. */
  static double meanCrossEntropy(int batch, int classes, double[] z, int[] labels) {
    double loss = 0;
    for (int n = 0; n < batch; n++) {
      double sum = 0;
      for (int j = 0; j < classes; j++) {
        sum += Math.exp(z[n * classes + j]);
      }
      loss += Math.log(sum) - z[n * classes + labels[n]];
    }
    return loss / batch;
  }

  static double inner(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** A function of several variables. */
  interface Function {
    double at(double[] x);
  }

  /** The gradient by central differences. */
  static double[] gradient(Function f, double[] x) {
    double eps = 1e-6;
    double[] gradient = new double[x.length];
    double[] moved = x.clone();
    for (int i = 0; i < x.length; i++) {
      moved[i] = x[i] + eps;
      double right = f.at(moved);
      moved[i] = x[i] - eps;
      double left = f.at(moved);
      moved[i] = x[i];
      gradient[i] = (right - left) / (2 * eps);
    }
    return gradient;
  }

  static double[] of(Tensor tensor) {
    double[] values = new double[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.data[tensor.offset + i];
    }
    return values;
  }

  static double[] magnitudes(double[] values) {
    double[] out = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = Math.abs(values[i]);
    }
    return out;
  }
}
