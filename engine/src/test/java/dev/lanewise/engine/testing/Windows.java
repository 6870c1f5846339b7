// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Windows of every kind over small images. */
public final class Windows {
  private Windows() {}

  /** Those that fit, which includes kernels larger than the image and strides beyond the kernel. */
  public static Arbitrary<WindowGrid> grids(int largestImage, int largestPad) {
    return Combinators.combine(windows(largestPad), ints(1, largestImage), ints(1, largestImage))
        .as(Windows::gridOrNull)
        .filter(grid -> grid != null);
  }

  /** One axis of a window over an image. */
  private record Axis(int image, int kernel, int stride, int dilation, int before, int after) {
    boolean fits() {
      return before + image + after > dilation * (kernel - 1);
    }
  }

  /**
   * Every small axis there is, each once as height and once as width, in a fixed random match: 1x1
   * images, kernels larger than the image, strides beyond the kernel, windows that see padding
   * alone.
   */
  public static List<WindowGrid> everySmallOne() {
    List<Axis> axes = new ArrayList<>();
    for (int image = 1; image <= 5; image++) {
      for (int kernel = 1; kernel <= 4; kernel++) {
        for (int stride = 1; stride <= 5; stride++) {
          for (int dilation = 1; dilation <= 2; dilation++) {
            for (int pads = 0; pads < 9; pads++) {
              axes.add(new Axis(image, kernel, stride, dilation, pads / 3, pads % 3));
            }
          }
        }
      }
    }
    axes.removeIf(axis -> !axis.fits());
    List<Axis> others = new ArrayList<>(axes);
    Collections.shuffle(others, new Random(1));
    List<WindowGrid> grids = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      Axis h = axes.get(i);
      Axis w = others.get(i);
      grids.add(
          WindowGrid.of(
              Window.valid(h.kernel, w.kernel)
                  .stride(h.stride, w.stride)
                  .dilation(h.dilation, w.dilation)
                  .padding(h.before, h.after, w.before, w.after),
              h.image,
              w.image));
    }
    return grids;
  }

  private static WindowGrid gridOrNull(Window window, int h, int w) {
    try {
      return WindowGrid.of(window, h, w);
    } catch (IllegalArgumentException doesNotFit) {
      return null;
    }
  }

  private static Arbitrary<Window> windows(int largestPad) {
    Arbitrary<int[]> pads = ints(0, largestPad).array(int[].class).ofSize(4);
    return Combinators.combine(
            ints(1, 5),
            ints(1, 5),
            ints(1, 3),
            ints(1, 3),
            ints(1, 3),
            ints(1, 3),
            ints(0, 3),
            pads)
        .as(
            (kh, kw, sh, sw, dh, dw, padding, p) -> {
              Window plain = padding == 0 ? Window.same(kh, kw) : Window.valid(kh, kw);
              Window window = plain.stride(sh, sw).dilation(dh, dw);
              return padding <= 1 ? window : window.padding(p[0], p[1], p[2], p[3]);
            });
  }

  /** Heights and widths. */
  public static Arbitrary<int[]> sizes(int min, int max) {
    return ints(min, max).array(int[].class).ofSize(2);
  }

  private static Arbitrary<Integer> ints(int min, int max) {
    return Arbitraries.integers().between(min, max);
  }

  /** The input pixel {@code iy * W + ix} under tap (ky, kx) of output (oy, ox), or -1: padding. */
  public static int pixel(WindowGrid grid, int oy, int ox, int ky, int kx) {
    Window w = grid.window();
    int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
    int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
    boolean inside = iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW();
    return inside ? iy * grid.inputW() + ix : -1;
  }
}
