// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.NarrowPooling.wins;

import dev.lanewise.engine.kernel.PoolKernels;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Max-pooling with channels across the lanes. The usual 2x2 window with stride 2 keeps its running
 * maximum in a register; any other window keeps it in y, one pass over the channels per pixel of
 * the window.
 */
final class SimdPooling implements PoolKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final int V = S.length();

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
    boolean halving = isHalving(grid.window()) && !grid.padded();
    boolean whole = halving && channels % V == 0;
    int begun =
        halving && channels < V
            ? NarrowPooling.of(channels).maxPool(grid, x, xOff, y, yOff, argmax, argmaxOff)
            : 0;
    for (int oy = begun; oy < grid.outputH(); oy++) {
      if (whole) {
        quads(oy, grid, channels, x, xOff, y, yOff, argmax, argmaxOff);
        continue;
      }
      for (int ox = 0; ox < grid.outputW(); ox++) {
        int out = (oy * grid.outputW() + ox) * channels;
        if (halving) {
          int pixel = 2 * oy * grid.inputW() + 2 * ox;
          quad(pixel, grid.inputW(), channels, x, xOff, y, yOff + out, argmax, argmaxOff + out);
        } else {
          window(grid, oy, ox, channels, x, xOff, y, yOff + out, argmax, argmaxOff + out);
        }
      }
    }
  }

  private static boolean isHalving(Window w) {
    return w.kernelH() == 2
        && w.kernelW() == 2
        && w.strideH() == 2
        && w.strideW() == 2
        && w.dilationH() == 1
        && w.dilationW() == 1;
  }

  /**
   * A row of 2x2 windows, with whole vectors of channels: one loop, since C2 checks ranges before
   * each, which for the few vectors of a pixel takes longer than they do.
   */
  private static void quads(
      int oy,
      WindowGrid grid,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    int width = grid.inputW();
    int length = grid.outputW() * channels;
    int out = oy * length;
    int pixel = 2 * oy * width;
    int upper = xOff + pixel * channels; // upper + o: in the window's first pixel
    int end = channels;
    for (int o = 0; o < length; o += V) {
      if (o == end) { // the next window
        end += channels;
        pixel += 2;
        upper += channels;
      }
      int lower = upper + width * channels;
      FloatVector best = FloatVector.fromArray(S, x, upper + o);
      IntVector at = IntVector.broadcast(I, pixel);
      FloatVector value = FloatVector.fromArray(S, x, upper + channels + o);
      VectorMask<Float> wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + 1, wins.cast(I));
      value = FloatVector.fromArray(S, x, lower + o);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + width, wins.cast(I));
      value = FloatVector.fromArray(S, x, lower + channels + o);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + width + 1, wins.cast(I));
      best.intoArray(y, yOff + out + o);
      at.intoArray(argmax, argmaxOff + out + o);
    }
  }

  /** One output pixel of a 2x2 window whose first pixel is given. */
  private static void quad(
      int pixel,
      int width,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    int upper = xOff + pixel * channels;
    int lower = upper + width * channels;
    int c = 0;
    // The last vector reads on into the next pixel, where there is one.
    int room =
        Math.min(x.length - lower - channels, Math.min(y.length - yOff, argmax.length - argmaxOff));
    for (; c < channels && c + V <= room; c += V) {
      FloatVector best = FloatVector.fromArray(S, x, upper + c);
      IntVector at = IntVector.broadcast(I, pixel);
      FloatVector value = FloatVector.fromArray(S, x, upper + channels + c);
      VectorMask<Float> wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + 1, wins.cast(I));
      value = FloatVector.fromArray(S, x, lower + c);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + width, wins.cast(I));
      value = FloatVector.fromArray(S, x, lower + channels + c);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(pixel + width + 1, wins.cast(I));
      int n = Math.min(V, channels - c);
      Edge.store(best, y, yOff + c, n, Edge.mask(n));
      Edge.store(at, argmax, argmaxOff + c, n);
    }
    for (; c < channels; c++) {
      float best = x[upper + c];
      int at = pixel;
      float value = x[upper + channels + c];
      if (value > best || value != value) {
        best = value;
        at = pixel + 1;
      }
      value = x[lower + c];
      if (value > best || value != value) {
        best = value;
        at = pixel + width;
      }
      value = x[lower + channels + c];
      if (value > best || value != value) {
        best = value;
        at = pixel + width + 1;
      }
      y[yOff + c] = best;
      argmax[argmaxOff + c] = at;
    }
  }

  /** One output pixel of any window. */
  private static void window(
      WindowGrid grid,
      int oy,
      int ox,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    Window w = grid.window();
    boolean first = true;
    for (int ky = 0; ky < w.kernelH(); ky++) {
      int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
        if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
          int pixel = iy * grid.inputW() + ix;
          if (first) {
            System.arraycopy(x, xOff + pixel * channels, y, yOff, channels);
            Arrays.fill(argmax, argmaxOff, argmaxOff + channels, pixel);
            first = false;
          } else {
            pixel(pixel, channels, x, xOff + pixel * channels, y, yOff, argmax, argmaxOff);
          }
        }
      }
    }
  }

  /** Lets one more pixel of the window compete. */
  private static void pixel(
      int pixel,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    int c = 0;
    for (; c <= channels - V; c += V) {
      FloatVector best = FloatVector.fromArray(S, y, yOff + c);
      FloatVector value = FloatVector.fromArray(S, x, xOff + c);
      VectorMask<Float> wins = wins(value, best);
      best.blend(value, wins).intoArray(y, yOff + c);
      IntVector at = IntVector.fromArray(I, argmax, argmaxOff + c);
      at.blend(pixel, wins.cast(I)).intoArray(argmax, argmaxOff + c);
    }
    for (; c < channels; c++) {
      float value = x[xOff + c];
      if (value > y[yOff + c] || value != value) {
        y[yOff + c] = value;
        argmax[argmaxOff + c] = pixel;
      }
    }
  }

  @Override
  public void rectifyPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff) {
    int i = 0;
    for (; i <= n - V; i += V) {
      FloatVector v = FloatVector.fromArray(S, y, yOff + i);
      VectorMask<Float> off = v.compare(VectorOperators.LE, 0f);
      v.blend(0f, off).intoArray(y, yOff + i);
      IntVector at = IntVector.fromArray(I, argmax, argmaxOff + i);
      at.blend(NO_PIXEL, off.cast(I)).intoArray(argmax, argmaxOff + i);
    }
    for (; i < n; i++) {
      if (y[yOff + i] <= 0f) {
        y[yOff + i] = 0f;
        argmax[argmaxOff + i] = NO_PIXEL;
      }
    }
  }

  /**
   * Zeros, then each dy to its pixel. Windows may overlap, so the outputs keep their order. Where
   * 2x2 windows cover every pixel, they write the zeros.
   */
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
    boolean halving = isHalving(grid.window()) && !grid.padded();
    boolean whole = halving && channels % V == 0;
    boolean everyPixel = grid.outputH() * 2 == grid.inputH() && grid.outputW() * 2 == grid.inputW();
    if (!(everyPixel && halving)) {
      Arrays.fill(dx, dxOff, dxOff + grid.inputPixels() * channels, 0f);
    }
    int begun =
        halving && channels < V
            ? NarrowPooling.of(channels)
                .maxPoolBackward(grid, dy, dyOff, argmax, argmaxOff, dx, dxOff)
            : 0;
    for (int oy = begun; oy < grid.outputH(); oy++) {
      if (whole) {
        quadsBackward(oy, grid, channels, dy, dyOff, argmax, argmaxOff, dx, dxOff);
        continue;
      }
      int out = oy * grid.outputW() * channels;
      for (int ox = 0; ox < grid.outputW(); ox++, out += channels) {
        if (halving) {
          int pixel = 2 * oy * grid.inputW() + 2 * ox;
          quadBackward(
              pixel, grid.inputW(), channels, dy, dyOff + out, argmax, argmaxOff + out, dx, dxOff);
        } else {
          for (int c = 0; c < channels; c++) {
            int at = argmax[argmaxOff + out + c];
            if (at != NO_PIXEL) {
              dx[dxOff + at * channels + c] += dy[dyOff + out + c];
            }
          }
        }
      }
    }
  }

  /** The gradient of {@link #quads}: no two windows share a pixel. */
  private static void quadsBackward(
      int oy,
      WindowGrid grid,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff) {
    int width = grid.inputW();
    int length = grid.outputW() * channels;
    int out = oy * length;
    int pixel = 2 * oy * width;
    int upper = dxOff + pixel * channels;
    int end = channels;
    for (int o = 0; o < length; o += V) {
      if (o == end) {
        end += channels;
        pixel += 2;
        upper += channels;
      }
      int lower = upper + width * channels;
      // Added to 0, as in the other path: -0.0 becomes 0.0.
      FloatVector d = FloatVector.fromArray(S, dy, dyOff + out + o).add(0f);
      IntVector at = IntVector.fromArray(I, argmax, argmaxOff + out + o).sub(pixel);
      FloatVector zero = FloatVector.zero(S);
      zero.blend(d, at.eq(0).cast(S)).intoArray(dx, upper + o);
      zero.blend(d, at.eq(1).cast(S)).intoArray(dx, upper + channels + o);
      zero.blend(d, at.eq(width).cast(S)).intoArray(dx, lower + o);
      zero.blend(d, at.eq(width + 1).cast(S)).intoArray(dx, lower + channels + o);
    }
  }

  /** {@link #quadsBackward} for one window, by single elements. */
  private static void quadBackward(
      int pixel,
      int width,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff) {
    int upper = dxOff + pixel * channels;
    int lower = upper + width * channels;
    for (int c = 0; c < channels; c++) {
      float d = dy[dyOff + c] + 0f;
      int at = argmax[argmaxOff + c] - pixel;
      dx[upper + c] = at == 0 ? d : 0f;
      dx[upper + channels + c] = at == 1 ? d : 0f;
      dx[lower + c] = at == width ? d : 0f;
      dx[lower + channels + c] = at == width + 1 ? d : 0f;
    }
  }
}
