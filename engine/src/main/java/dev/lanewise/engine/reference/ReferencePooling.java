// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.PoolKernels;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/** Each kernel as its definition reads. */
final class ReferencePooling implements PoolKernels {
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
  public void rectifyPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff) {
    for (int i = 0; i < n; i++) {
      if (y[yOff + i] <= 0f) {
        y[yOff + i] = 0f;
        argmax[argmaxOff + i] = NO_PIXEL;
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
        if (at != NO_PIXEL) {
          dx[dxOff + at * channels + c] += dy[dyOff + out];
        }
      }
    }
  }
}
