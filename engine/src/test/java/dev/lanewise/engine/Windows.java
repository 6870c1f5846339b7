package dev.lanewise.engine;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Windows of every kind over small images. */
final class Windows {
  private Windows() {}

  /** Those that fit, which includes kernels larger than the image and strides beyond the kernel. */
  static Arbitrary<WindowGrid> grids(int largestImage, int largestPad) {
    return Combinators.combine(windows(largestPad), ints(1, largestImage), ints(1, largestImage))
        .as(Windows::gridOrNull)
        .filter(grid -> grid != null);
  }

  private static WindowGrid gridOrNull(Window window, int h, int w) {
    try {
      return window.over(h, w);
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

  private static Arbitrary<Integer> ints(int min, int max) {
    return Arbitraries.integers().between(min, max);
  }

  /** The input pixel {@code iy * W + ix} under tap (ky, kx) of output (oy, ox), or -1: padding. */
  static int pixel(WindowGrid grid, int oy, int ox, int ky, int kx) {
    Window w = grid.window();
    int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
    int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
    boolean inside = iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW();
    return inside ? iy * grid.inputW() + ix : -1;
  }
}
