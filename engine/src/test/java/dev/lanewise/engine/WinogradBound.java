// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.WinogradMatrices;

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
      u[i] = magnitudes(Winograd.WEIGHT, 4, 4, taps);
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
        double[] tileOfY =
            magnitudes(Winograd.OUTPUT, rows(shape, tile), columns(shape, tile), products);
        for (int i = 0; i < tileOfY.length; i++) {
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
        double[] tileOfDy = new double[rows(shape, tile) * columns(shape, tile)];
        for (int i = 0; i < tileOfDy.length; i++) {
          int at = output(shape, tile, i);
          tileOfDy[i] = at < 0 ? 0 : dy[dyOff + at * outChannels + oc];
        }
        double[] dm =
            magnitudes(Winograd.OUTPUT_GRADIENT, rows(shape, tile), columns(shape, tile), tileOfDy);
        for (int c = 0; c < channels; c++) {
          for (int p = 0; p < 36; p++) {
            du[c * outChannels + oc][p] += v[c][p] * dm[p];
          }
        }
      }
    }
    int first = dWeight.length - shape.weightSize();
    for (int i = 0; i < du.length; i++) {
      double[] taps = magnitudes(Winograd.WEIGHT_GRADIENT, 4, 4, du[i]);
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
      int width = columns(shape, tile) + 2;
      double[] patch = new double[(rows(shape, tile) + 2) * width];
      for (int i = 0; i < patch.length; i++) {
        int iy = row + i / width;
        int ix = column + i % width;
        if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
          int pixel = (image * grid.inputH() + iy) * grid.inputW() + ix;
          patch[i] = x[xOff + pixel * v.length + c];
        }
      }
      v[c] = magnitudes(Winograd.INPUT, rows(shape, tile), columns(shape, tile), patch);
    }
    return v;
  }

  /** The output pixel of the batch at place i of a tile, or -1 beyond the image. */
  private static int output(Conv2dShape shape, int tile, int i) {
    WindowGrid grid = shape.grid();
    int columns = Math.ceilDiv(grid.outputW(), 4);
    int image = tile / tiles(shape);
    int oy = tile % tiles(shape) / columns * 4 + i / columns(shape, tile);
    int ox = tile % columns * 4 + i % columns(shape, tile);
    boolean inside = oy < grid.outputH() && ox < grid.outputW();
    return inside ? (image * grid.outputH() + oy) * grid.outputW() + ox : -1;
  }

  /** Rows of a tile: 2 where one or two are left at the lower edge, else 4. */
  private static int rows(Conv2dShape shape, int tile) {
    int columns = Math.ceilDiv(shape.grid().outputW(), 4);
    return shape.grid().outputH() - tile % tiles(shape) / columns * 4 <= 2 ? 2 : 4;
  }

  /** Columns of a tile, likewise at the right edge. */
  private static int columns(Conv2dShape shape, int tile) {
    int columns = Math.ceilDiv(shape.grid().outputW(), 4);
    return shape.grid().outputW() - tile % columns * 4 <= 2 ? 2 : 4;
  }

  /** {@code |L| |X| |R|^T}, for a tile of some size. */
  private static double[] magnitudes(Winograd transform, int rows, int columns, double[] x) {
    double[][] l = WinogradMatrices.of(transform, rows);
    double[][] r = WinogradMatrices.of(transform, columns);
    int in = r[0].length;
    double[] half = new double[l.length * in];
    for (int i = 0; i < half.length; i++) {
      for (int j = 0; j < l[0].length; j++) {
        half[i] += Math.abs(l[i / in][j] * x[j * in + i % in]);
      }
    }
    double[] y = new double[l.length * r.length];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < in; j++) {
        y[i] += Math.abs(r[i % r.length][j]) * half[i / r.length * in + j];
      }
    }
    return y;
  }
}
