package dev.lanewise.engine.reference;

import dev.lanewise.engine.Exp;
import dev.lanewise.engine.Kernels;
import dev.lanewise.engine.MaxPooling;
import dev.lanewise.engine.Window;
import dev.lanewise.engine.WindowGrid;
import dev.lanewise.engine.Winograd;
import java.util.Arrays;

/** Each kernel as its definition reads. */
public final class ReferenceKernels implements Kernels {
  /** Creates the back end; it has no state. */
  public ReferenceKernels() {}

  @Override
  public String description() {
    return "plain Java";
  }

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        c[cOff + i * ldc + j] = d == null ? 0f : d[dOff + i * ldd + j];
      }
      for (int p = 0; p < k; p++) {
        float aip = a[aOff + i * rsA + p * csA];
        for (int j = 0; j < n; j++) {
          int at = cOff + i * ldc + j;
          c[at] = Math.fma(aip, b[bOff + p * ldb + j], c[at]);
        }
      }
    }
  }

  @Override
  public void tapProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      float[] c,
      int cOff) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = d == null ? 0f : d[dOff + j];
        for (int t = 0; t < k; t++) {
          sum = Math.fma(a[aOff + taps[t] + i], b[bOff + t * n + j], sum);
        }
        c[cOff + i * n + j] = sum;
      }
    }
  }

  @Override
  public void planeProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = d == null ? 0f : d[dOff + i];
        for (int t = 0; t < k; t++) {
          sum = Math.fma(a[aOff + i * k + t], b[bOff + taps[t] + j], sum);
        }
        c[cOff + i * ldc + j] = sum;
      }
    }
  }

  @Override
  public void tapGradient(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    for (int t = 0; t < m; t++) {
      for (int i = 0; i < k; i++) {
        for (int j = 0; j < n; j++) {
          int at = cOff + t * n + j;
          c[at] = Math.fma(a[aOff + taps[first + t] + i], b[bOff + i * n + j], c[at]);
        }
      }
    }
  }

  @Override
  public int panel(int n) {
    return n;
  }

  @Override
  public void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        y[yOff + j * ldy + i] = x[xOff + i * ldx + j];
      }
    }
  }

  @Override
  public void dot(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc,
      float[] work) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        Arrays.fill(work, 0, DOT_LANES, 0f);
        for (int p = 0; p < k; p++) {
          int lane = p % DOT_LANES;
          work[lane] = Math.fma(a[aOff + i * lda + p], b[bOff + j * ldb + p], work[lane]);
        }
        for (int half = DOT_LANES / 2; half > 0; half /= 2) {
          for (int l = 0; l < half; l++) {
            work[l] += work[l + half];
          }
        }
        c[cOff + i * ldc + j] = d[dOff + j] + work[0];
      }
    }
  }

  @Override
  public void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        sums[sumsOff + j] += x[xOff + i * n + j];
      }
    }
  }

  @Override
  public void relu(int n, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Math.max(x[xOff + i], 0f);
    }
  }

  @Override
  public void reluBackward(
      int n, float[] y, int yOff, float[] dy, int dyOff, float[] dx, int dxOff) {
    for (int i = 0; i < n; i++) {
      dx[dxOff + i] = y[yOff + i] <= 0f ? 0f : dy[dyOff + i];
    }
  }

  @Override
  public void maxPool(
      WindowGrid grid,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    Window window = grid.window();
    int out = 0;
    for (int oy = 0; oy < grid.outputH(); oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        for (int c = 0; c < channels; c++, out++) {
          float best = 0;
          int at = -1;
          for (int ky = 0; ky < window.kernelH(); ky++) {
            int iy = oy * window.strideH() - grid.padTop() + ky * window.dilationH();
            for (int kx = 0; kx < window.kernelW(); kx++) {
              int ix = ox * window.strideW() - grid.padLeft() + kx * window.dilationW();
              if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
                float value = x[xOff + (iy * grid.inputW() + ix) * channels + c];
                if (at < 0 || value > best || value != value) {
                  best = value;
                  at = iy * grid.inputW() + ix;
                }
              }
            }
          }
          y[yOff + out] = best;
          argmax[argmaxOff + out] = at;
        }
      }
    }
  }

  @Override
  public void reluPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff) {
    for (int i = 0; i < n; i++) {
      if (y[yOff + i] <= 0f) {
        y[yOff + i] = 0f;
        argmax[argmaxOff + i] = MaxPooling.NOBODY;
      }
    }
  }

  @Override
  public void maxPoolBackward(
      WindowGrid grid,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff) {
    Arrays.fill(dx, dxOff, dxOff + grid.inputPixels() * channels, 0f);
    for (int p = 0; p < grid.outputPixels(); p++) {
      for (int c = 0; c < channels; c++) {
        int out = p * channels + c;
        int at = argmax[argmaxOff + out];
        if (at != MaxPooling.NOBODY) {
          dx[dxOff + at * channels + c] += dy[dyOff + out];
        }
      }
    }
  }

  @Override
  public void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Exp.exp(x[xOff + i] - shift);
    }
  }

  @Override
  public void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Math.fma(a, x[xOff + i], y[yOff + i]);
    }
  }

  @Override
  public void winogradOfImage(
      Winograd transform,
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      int firstColumn,
      int endColumn,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    int in = transform.inputs(columns);
    float[] column = new float[transform.inputs(rows)];
    for (int t = 0; t < tiles; t++) {
      for (int c = 0; c < channels; c++) {
        for (int j = 0; j < in; j++) {
          int pixel = t * columns + j;
          for (int i = 0; i < column.length; i++) {
            boolean row = firstRow <= i && i < endRow;
            boolean inside = row && firstColumn <= pixel && pixel < endColumn;
            column[i] = inside ? x[xOff + i * xRow + pixel * channels + c] : 0f;
          }
          transform.apply(rows, column, 0, 1, work, workOff + j, in);
        }
        for (int r = 0; r < transform.outputs(rows); r++) {
          if (Winograd.has(r, rows)) {
            int to = yOff + r * yRow + t * channels + c;
            transform.apply(columns, work, workOff + r * in, 1, y, to, yCol);
          }
        }
      }
    }
  }

  @Override
  public void winogradOutput(
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    for (int i = 0; i < tiles * channels; i++) {
      int to = yOff + i / channels * columns * channels + i % channels;
      apply(
          Winograd.OUTPUT,
          rows,
          columns,
          x,
          xOff + i,
          xRow,
          xCol,
          y,
          to,
          yRow,
          yCol,
          work,
          workOff);
    }
  }

  @Override
  public void winogradOfWeights(
      Winograd transform,
      int pairs,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    int tile = Winograd.TILE;
    for (int i = 0; i < pairs; i++) {
      apply(transform, tile, tile, x, xOff + i, xRow, xCol, y, yOff + i, yRow, yCol, work, workOff);
    }
  }

  private static void apply(
      Winograd transform,
      int rows,
      int columns,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    int in = transform.inputs(columns);
    for (int j = 0; j < in; j++) {
      if (Winograd.has(j, columns)) {
        transform.apply(rows, x, xOff + j * xCol, xRow, work, workOff + j, in);
      }
    }
    for (int r = 0; r < transform.outputs(rows); r++) {
      transform.apply(columns, work, workOff + r * in, 1, y, yOff + r * yRow, yCol);
    }
  }
}
