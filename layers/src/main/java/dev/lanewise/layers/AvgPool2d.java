// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The average under a window, channel by channel; or, by {@link #global}, over the whole feature
 * map, as Lin, Chen and Yan ("Network in network", 2014) end a network instead of dense layers; or,
 * by {@link #adaptive}, over as many parts of it as are wanted.
 *
 * <p>Padding counts as zeros, as in PyTorch, unless {@link #countPadding} says otherwise.
 * Immutable.
 */
public final class AvgPool2d implements Layer {
  private static final String KIND = "avg_pool2d";

  private final Window window; // null: adaptive
  private final int height; // of an adaptive output
  private final int width;
  private final boolean countPadding;
  private final boolean ceil;

  /**
   * Pooling over squares side by side, without padding; rows and columns that do not fill a square
   * are left out.
   *
   * @param size rows and columns of the square, and the stride
   */
  public AvgPool2d(int size) {
    this(Window.valid(size).stride(size));
  }

  /**
   * Pooling over any window.
   *
   * @param window size, stride, padding and dilation
   */
  public AvgPool2d(Window window) {
    this(window, 0, 0, true, false);
  }

  private AvgPool2d(Window window, int height, int width, boolean countPadding, boolean ceil) {
    this.window = window;
    this.height = height;
    this.width = width;
    this.countPadding = countPadding;
    this.ceil = ceil;
  }

  /**
   * Pooling over all pixels: {@code [H, W, C]} to {@code [1, 1, C]}.
   *
   * @return the layer
   */
  public static AvgPool2d global() {
    return adaptive(1, 1);
  }

  /**
   * Pooling to an output of a given size, as PyTorch's {@code AdaptiveAvgPool2d}: output row o is
   * the average of the rows from {@code floor(o * H / height)} up to, but without, {@code ceil((o +
   * 1) * H / height)}, and columns likewise. Windows overlap where the sizes do not divide.
   *
   * @param height rows of the output; may exceed those of the input
   * @param width columns of the output
   * @return the layer
   * @throws IllegalArgumentException if one is not positive
   */
  public static AvgPool2d adaptive(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an adaptive pooling needs a positive output size, not " + height + "x" + width);
    }
    return new AvgPool2d(null, height, width, true, false);
  }

  /**
   * The same pooling with or without padding in the average. What lies beyond the padding, see
   * {@link #ceil}, is never counted.
   *
   * @param countPadding whether a pixel of padding counts as a zero; otherwise the average is that
   *     of the pixels of the image alone
   * @return the new layer
   */
  public AvgPool2d countPadding(boolean countPadding) {
    return new AvgPool2d(window, height, width, countPadding, ceil);
  }

  /**
   * The same pooling with or without a last window for the rows and columns that do not fill one,
   * as PyTorch's {@code ceil_mode}.
   *
   * @param ceil whether a window may reach beyond the image and its padding; it begins within the
   *     image, or the padding above or on the left
   * @return the new layer
   */
  public AvgPool2d ceil(boolean ceil) {
    return new AvgPool2d(window, height, width, countPadding, ceil);
  }

  static AvgPool2d of(Description description) {
    if (description.flag("global", false)) {
      return global();
    }
    if (description.attributes().containsKey("output")) {
      int[] output = description.integers("output", 0, 0);
      return adaptive(output[0], output[1]);
    }
    return new AvgPool2d(Windows.read(description))
        .ceil(description.flag("ceil", false))
        .countPadding(description.flag("count_padding", true));
  }

  @Override
  public Description description() {
    Description kind = Description.of(KIND);
    if (window != null) {
      return Windows.write(window, kind)
          .with("ceil", ceil, false)
          .with("count_padding", countPadding, true);
    }
    return height == 1 && width == 1
        ? kind.with("global", true)
        : kind.with("output", List.of(height, width));
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    AxisMap rows = rows(inputs[0]);
    AxisMap columns = columns(inputs[0]);
    if (hasEmpty(rows) || hasEmpty(columns)) {
      throw new IllegalArgumentException(
          "a window of the pooling holds padding alone, which has no average");
    }
    return new Shape(rows.outputs(), columns.outputs(), inputs[0].channels());
  }

  private boolean hasEmpty(AxisMap axis) {
    return !countPadding && Arrays.stream(axis.from()).anyMatch(terms -> terms.length == 0);
  }

  private WindowGrid grid(Shape in) {
    return WindowGrid.of(
        ceil ? Windows.ceil(window, in.height(), in.width()) : window, in.height(), in.width());
  }

  private AxisMap rows(Shape in) {
    if (window == null) {
      return parts(in.height(), height);
    }
    WindowGrid grid = grid(in);
    return averages(
        in.height(),
        grid.outputH(),
        o -> o * window.strideH() - grid.padTop(),
        IntStream.range(0, window.kernelH()).map(k -> k * window.dilationH()).toArray(),
        window.padBottom());
  }

  private AxisMap columns(Shape in) {
    if (window == null) {
      return parts(in.width(), width);
    }
    WindowGrid grid = grid(in);
    return averages(
        in.width(),
        grid.outputW(),
        o -> o * window.strideW() - grid.padLeft(),
        IntStream.range(0, window.kernelW()).map(k -> k * window.dilationW()).toArray(),
        window.padRight());
  }

  /** Parts of an adaptive pooling. */
  private static AxisMap parts(int inputs, int outputs) {
    int[][] from = new int[outputs][];
    Arrays.setAll(
        from,
        o ->
            IntStream.range(
                    (int) ((long) o * inputs / outputs),
                    (int) Math.ceilDiv((o + 1L) * inputs, outputs))
                .toArray());
    return AxisMap.of(inputs, from, Arrays.stream(from).mapToDouble(f -> 1.0 / f.length).toArray());
  }

  /**
   * Averages under windows.
   *
   * @param begins where each window does
   * @param taps where its pixels are, from there on
   * @param pad padding after the last input, if it is given
   */
  private AxisMap averages(int inputs, int outputs, IntUnaryOperator begins, int[] taps, int pad) {
    long end = window.same() ? Long.MAX_VALUE : (long) inputs + pad;
    int[][] from = new int[outputs][];
    double[] weight = new double[outputs];
    for (int o = 0; o < outputs; o++) {
      int begin = begins.applyAsInt(o);
      from[o] =
          Arrays.stream(taps).map(tap -> begin + tap).filter(i -> i >= 0 && i < inputs).toArray();
      long count = Arrays.stream(taps).filter(tap -> begin + (long) tap < end).count();
      weight[o] = 1.0 / (countPadding ? count : from[o].length);
    }
    return AxisMap.of(inputs, from, weight);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    Shape in = site.input();
    SeparableMap averages = new SeparableMap(rows(in), columns(in), in.channels(), 0f, site.team());
    return new Running(averages, averages.transposed());
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private record Running(SeparableMap averages, SeparableMap transposed) implements UnaryPass {
    /** {@code y[n,oy,ox,c] = sum over the window of x[n,iy,ix,c] / k}, k pixels that count. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      averages.apply(context.images(), x, y);
    }

    /**
     * Each pixel had the slope {@code 1 / k} in every window that holds it.
     *
     * <pre>dx[n,iy,ix,c] = sum over the windows with (iy, ix) of dy[n,oy,ox,c] / k</pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      transposed.apply(context.images(), dy, dx);
    }
  }
}
