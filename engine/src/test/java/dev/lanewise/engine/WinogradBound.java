package dev.lanewise.engine;

/**
 * What Winograd's algorithm may be off by: the bound of a sum, taken over every path from an input
 * to an output. On each path the transforms' elements and the two operands are multiplied, so the
 * sum of the paths' magnitudes is the algorithm itself with the magnitudes of everything,
 *
 * <pre>
 * y:       |A^T| [ (|G| |w| |G|^T) . (|B^T| |x| |B|) ] |A|
 * dWeight: |G^T| [ (|B^T| |x| |B|) . (|A| |dy| |A^T|) ] |G|
 * </pre>
 *
 * <p>and a path meets as many roundings as {@link Winograd#apply} has on its longest chain, once
 * down the columns and once along the rows, and as the sum between them has terms.
 */
final class WinogradBound {
  private static final int INPUT = 2 * 2;
  private static final int OUTPUT = 2 * 3;
  private static final int OUTPUT_GRADIENT = 2 * 2;

  /** The constants of 1/6, 1/12 and 1/24 are rounded as well. */
  private static final int WEIGHT = 2 * 4;

  private static final int WEIGHT_GRADIENT = 2 * 4;

  private WinogradBound() {}

  /** Roundings of a path of the forward pass, or of that of the data with {@code terms = OC}. */
  static int forwardRoundings(int terms) {
    return INPUT + WEIGHT + terms + OUTPUT;
  }

  /** Roundings of a path of the gradient of the weights, which is then added to what there was. */
  static int weightRoundings(int tiles) {
    return INPUT + OUTPUT_GRADIENT + tiles + WEIGHT_GRADIENT + 1;
  }

  static int tiles(Conv2dShape shape) {
    return Math.ceilDiv(shape.grid().outputH(), 4) * Math.ceilDiv(shape.grid().outputW(), 4);
  }

  /** Adds the magnitudes of the paths to each element of {@code y}. */
  static void forward(
      Conv2dShape shape, int batch, float[] x, int xOff, float[] weight, int wOff, double[] y) {
    int channels = shape.inChannels();
    int outChannels = shape.outChannels();
    double[][] u = new double[channels * outChannels][];
    for (int i = 0; i < u.length; i++) {
      double[] taps = new double[9];
      for (int tap = 0; tap < 9; tap++) {
        taps[tap] = weight[wOff + tap * u.length + i];
      }
      u[i] = magnitudes(Winograd.WEIGHT, taps);
    }
    int out = y.length - batch * shape.outputSize();
    for (int tile = 0; tile < batch * tiles(shape); tile++) {
      double[][] v = input(shape, tile, x, xOff);
      for (int oc = 0; oc < outChannels; oc++) {
        double[] products = new double[36];
        for (int c = 0; c < channels; c++) {
          for (int p = 0; p < 36; p++) {
            products[p] += v[c][p] * u[c * outChannels + oc][p];
          }
        }
        double[] tileOfY = magnitudes(Winograd.OUTPUT, products);
        for (int i = 0; i < 16; i++) {
          int at = output(shape, tile, i);
          if (at >= 0) {
            y[out + at * outChannels + oc] += tileOfY[i];
          }
        }
      }
    }
  }

  /** Adds the magnitudes of the paths to each element of {@code dWeight}. */
  static void weights(
      Conv2dShape shape, int batch, float[] x, int xOff, float[] dy, int dyOff, double[] dWeight) {
    int channels = shape.inChannels();
    int outChannels = shape.outChannels();
    double[][] du = new double[channels * outChannels][36];
    for (int tile = 0; tile < batch * tiles(shape); tile++) {
      double[][] v = input(shape, tile, x, xOff);
      for (int oc = 0; oc < outChannels; oc++) {
        double[] tileOfDy = new double[16];
        for (int i = 0; i < 16; i++) {
          int at = output(shape, tile, i);
          tileOfDy[i] = at < 0 ? 0 : dy[dyOff + at * outChannels + oc];
        }
        double[] dm = magnitudes(Winograd.OUTPUT_GRADIENT, tileOfDy);
        for (int c = 0; c < channels; c++) {
          for (int p = 0; p < 36; p++) {
            du[c * outChannels + oc][p] += v[c][p] * dm[p];
          }
        }
      }
    }
    int first = dWeight.length - shape.weightSize();
    for (int i = 0; i < du.length; i++) {
      double[] taps = magnitudes(Winograd.WEIGHT_GRADIENT, du[i]);
      for (int tap = 0; tap < 9; tap++) {
        dWeight[first + tap * du.length + i] += taps[tap];
      }
    }
  }

  /** The transformed patch of a tile, channel by channel. */
  private static double[][] input(Conv2dShape shape, int tile, float[] x, int xOff) {
    WindowGrid grid = shape.grid();
    int columns = Math.ceilDiv(grid.outputW(), 4);
    int image = tile / tiles(shape);
    int row = tile % tiles(shape) / columns * 4 - grid.padTop();
    int column = tile % columns * 4 - grid.padLeft();
    double[][] v = new double[shape.inChannels()][];
    for (int c = 0; c < v.length; c++) {
      double[] patch = new double[36];
      for (int i = 0; i < 36; i++) {
        int iy = row + i / 6;
        int ix = column + i % 6;
        if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
          int pixel = (image * grid.inputH() + iy) * grid.inputW() + ix;
          patch[i] = x[xOff + pixel * v.length + c];
        }
      }
      v[c] = magnitudes(Winograd.INPUT, patch);
    }
    return v;
  }

  /** The output pixel of the batch at place i of a tile, or -1 beyond the image. */
  private static int output(Conv2dShape shape, int tile, int i) {
    WindowGrid grid = shape.grid();
    int columns = Math.ceilDiv(grid.outputW(), 4);
    int image = tile / tiles(shape);
    int oy = tile % tiles(shape) / columns * 4 + i / 4;
    int ox = tile % columns * 4 + i % 4;
    boolean inside = oy < grid.outputH() && ox < grid.outputW();
    return inside ? (image * grid.outputH() + oy) * grid.outputW() + ox : -1;
  }

  /** {@code |L| |X| |L|^T}. */
  private static double[] magnitudes(Winograd transform, double[] x) {
    double[][] l = WinogradKernelProperties.matrix(transform);
    int in = transform.inputs();
    int out = transform.outputs();
    double[] half = new double[out * in];
    for (int r = 0; r < out; r++) {
      for (int i = 0; i < in; i++) {
        for (int j = 0; j < in; j++) {
          half[r * in + j] += Math.abs(l[r][i] * x[i * in + j]);
        }
      }
    }
    double[] y = new double[out * out];
    for (int r = 0; r < out; r++) {
      for (int s = 0; s < out; s++) {
        for (int j = 0; j < in; j++) {
          y[r * out + s] += Math.abs(l[s][j]) * half[r * in + j];
        }
      }
    }
    return y;
  }
}
