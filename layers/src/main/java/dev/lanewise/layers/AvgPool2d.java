package dev.lanewise.layers;

import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.run.WorkerTeam;
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
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The average under a window, channel by channel; or, by {@link #global}, over the whole feature
 * map, as Lin, Chen and Yan ("Network in network", 2014) end a network instead of dense layers.
 *
 * <p>Padding counts as zeros, as in PyTorch, unless {@link #countPadding} says otherwise.
 * Immutable.
 */
public final class AvgPool2d implements Layer {
  private static final String KIND = "avg_pool2d";

  private final Window window; // null: the whole map
  private final boolean countPadding;

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
    this(window, true);
  }

  private AvgPool2d(Window window, boolean countPadding) {
    this.window = window;
    this.countPadding = countPadding;
  }

  /**
   * Pooling over all pixels: {@code [H, W, C]} to {@code [1, 1, C]}.
   *
   * @return the layer
   */
  public static AvgPool2d global() {
    return new AvgPool2d(null, true);
  }

  /**
   * The same pooling with or without padding in the average.
   *
   * @param countPadding whether a pixel of padding counts as a zero; otherwise the average is that
   *     of the pixels of the image alone
   * @return the new layer
   */
  public AvgPool2d countPadding(boolean countPadding) {
    return new AvgPool2d(window, countPadding);
  }

  static AvgPool2d of(Description description) {
    return description.flag("global", false)
        ? global()
        : new AvgPool2d(Windows.read(description), description.flag("count_padding", true));
  }

  @Override
  public Description description() {
    Description kind = Description.of(KIND);
    return window == null
        ? kind.with("global", true)
        : Windows.write(window, kind).with("count_padding", countPadding, true);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    WindowGrid grid = grid(inputs[0]);
    if (!countPadding && (hasEmpty(rows(grid)) || hasEmpty(columns(grid)))) {
      throw new IllegalArgumentException(
          "a window of the pooling holds padding alone, which has no average");
    }
    return new Shape(grid.outputH(), grid.outputW(), inputs[0].channels());
  }

  private static boolean hasEmpty(int[][] lists) {
    return Arrays.stream(lists).anyMatch(list -> list.length == 0);
  }

  private WindowGrid grid(Shape in) {
    Window over = window == null ? Window.valid(in.height(), in.width()) : window;
    return WindowGrid.of(over, in.height(), in.width());
  }

  /** [OH]: the rows of the input that each row of the output sees. */
  private static int[][] rows(WindowGrid grid) {
    Window w = grid.window();
    return sees(
        grid.outputH(), w.kernelH(), w.strideH(), w.dilationH(), grid.padTop(), grid.inputH());
  }

  /** [OW]: the columns of the input that each column of the output sees. */
  private static int[][] columns(WindowGrid grid) {
    Window w = grid.window();
    return sees(
        grid.outputW(), w.kernelW(), w.strideW(), w.dilationW(), grid.padLeft(), grid.inputW());
  }

  private static int[][] sees(
      int outputs, int kernel, int stride, int dilation, int pad, int inputs) {
    int[][] sees = new int[outputs][];
    Arrays.setAll(
        sees,
        o ->
            IntStream.range(0, kernel)
                .map(k -> o * stride - pad + k * dilation)
                .filter(i -> i >= 0 && i < inputs)
                .toArray());
    return sees;
  }

  /** The other way round: the outputs that see each input. */
  private static int[][] seenBy(int[][] sees, int inputs) {
    int[][] seenBy = new int[inputs][];
    Arrays.setAll(
        seenBy,
        i ->
            IntStream.range(0, sees.length)
                .filter(o -> Arrays.stream(sees[o]).anyMatch(seen -> seen == i))
                .toArray());
    return seenBy;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. A task is a row of pixels of one image. */
  private final class Running implements UnaryPass {
    private final Shape in;
    private final Shape out;
    private final int taps;
    private final int[][] rows; // [OH] of iy
    private final int[][] columns; // [OW] of ix
    private final int[][] rowsBack; // [H] of oy
    private final int[][] columnsBack; // [W] of ox
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final double[][] sums; // [worker][C]

    // The running call.
    private Tensor from;
    private Tensor to;

    Running(Site site) {
      in = site.input();
      out = site.output();
      WindowGrid grid = grid(in);
      taps = grid.window().kernelH() * grid.window().kernelW();
      rows = rows(grid);
      columns = columns(grid);
      rowsBack = seenBy(rows, in.height());
      columnsBack = seenBy(columns, in.width());
      team = site.team();
      sums = new double[team.threads()][in.channels()];
    }

    /** {@code 1 / k}, with k the number of pixels that count in a window. */
    private double factor(int oy, int ox) {
      return 1.0 / (countPadding ? taps : rows[oy].length * columns[ox].length);
    }

    /** {@code y[n,oy,ox,c] = sum over the window of x[n,iy,ix,c] / k}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      from = x;
      to = y;
      team.run(context.images() * out.height(), forward);
    }

    private void forward(int row, int worker) {
      int image = row / out.height();
      int oy = row % out.height();
      int c = in.channels();
      double[] sum = sums[worker];
      int imageAt = from.offset + image * in.size();
      int yAt = to.offset + row * out.width() * c;
      for (int ox = 0; ox < out.width(); ox++) {
        Arrays.fill(sum, 0);
        for (int iy : rows[oy]) {
          for (int ix : columns[ox]) {
            add(sum, from.data, imageAt + (iy * in.width() + ix) * c);
          }
        }
        store(sum, factor(oy, ox), to.data, yAt + ox * c);
      }
    }

    /**
     * Each pixel had the slope {@code 1 / k} in every window that holds it.
     *
     * <pre>dx[n,iy,ix,c] = sum over the windows with (iy, ix) of dy[n,oy,ox,c] / k</pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      from = dy;
      to = dx;
      team.run(context.images() * in.height(), backward);
    }

    private void backward(int row, int worker) {
      int image = row / in.height();
      int iy = row % in.height();
      int c = in.channels();
      double[] sum = sums[worker];
      int imageAt = from.offset + image * out.size();
      int rowAt = to.offset + row * in.width() * c;
      for (int ix = 0; ix < in.width(); ix++) {
        int at = rowAt + ix * c;
        if (ix > 0 && Arrays.equals(columnsBack[ix], columnsBack[ix - 1])) {
          System.arraycopy(to.data, at - c, to.data, at, c); // the same windows
          continue;
        }
        Arrays.fill(sum, 0);
        for (int oy : rowsBack[iy]) {
          for (int ox : columnsBack[ix]) {
            add(sum, factor(oy, ox), from.data, imageAt + (oy * out.width() + ox) * c);
          }
        }
        store(sum, 1, to.data, at);
      }
    }
  }

  // Sums are doubles: exact to the last rounding, and never the same array as what is added.

  private static void add(double[] sum, float[] x, int at) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += x[at + i];
    }
  }

  private static void add(double[] sum, double factor, float[] x, int at) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = Fma.fma(factor, x[at + i], sum[i]);
    }
  }

  private static void store(double[] sum, double factor, float[] y, int at) {
    for (int i = 0; i < sum.length; i++) {
      y[at + i] = (float) (factor * sum[i]);
    }
  }
}
