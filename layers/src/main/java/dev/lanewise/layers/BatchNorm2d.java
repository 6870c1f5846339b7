package dev.lanewise.layers;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Batch normalisation: each channel gets mean 0 and variance 1 over the batch, then a scale and a
 * shift that are learnt. Ioffe and Szegedy ("Batch normalization: accelerating deep network
 * training by reducing internal covariate shift", 2015). On a flat input each feature is a channel.
 *
 * <p>Parameters: {@code weight [C]}, {@code bias [C]}. Buffers: {@code running_mean [C]}, {@code
 * running_var [C]}, {@code num_batches_tracked []}. An inference uses the running statistics
 * instead of those of the batch. {@code docs/backprop.md} derives the equations below. Immutable.
 *
 * <p>Sums over a batch are sums of doubles, cut into blocks of pixels whose size depends on the
 * number of channels alone. So the bits do not depend on the threads, and the variance can be taken
 * from the sum of squares: that loses the square of mean / deviation, and doubles have 29 bits more
 * than the inputs.
 */
public final class BatchNorm2d implements Layer {
  private static final String KIND = "batch_norm2d";
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  /** Channels of a task that looks at channels. */
  private static final int GROUP = 64;

  private final double eps;
  private final double momentum;
  private final boolean cumulative;
  private final boolean affine;

  /** Batch normalisation with PyTorch's numbers: eps 1e-5, momentum 0.1, weight and bias. */
  public BatchNorm2d() {
    this(EPS, MOMENTUM, false, true);
  }

  private BatchNorm2d(double eps, double momentum, boolean cumulative, boolean affine) {
    if (!(eps > 0 && Double.isFinite(eps))) {
      throw new IllegalArgumentException("eps must be positive, but is " + eps);
    }
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException("the momentum must be from 0 to 1, but is " + momentum);
    }
    this.eps = eps;
    this.momentum = momentum;
    this.cumulative = cumulative;
    this.affine = affine;
  }

  /**
   * The same layer with another eps.
   *
   * @param eps added to the variance
   * @return the new layer
   * @throws IllegalArgumentException if it is not positive
   */
  public BatchNorm2d eps(double eps) {
    return new BatchNorm2d(eps, momentum, cumulative, affine);
  }

  /**
   * The same layer with another momentum, which is the weight of the last batch in the running
   * statistics (as in PyTorch; Keras and ONNX mean one minus this).
   *
   * @param momentum from 0 to 1
   * @return the new layer
   * @throws IllegalArgumentException if it is not from 0 to 1
   */
  public BatchNorm2d momentum(double momentum) {
    return new BatchNorm2d(eps, momentum, false, affine);
  }

  /**
   * The same layer, whose running statistics are the plain average over all batches.
   *
   * @return the new layer
   */
  public BatchNorm2d cumulativeAverage() {
    return new BatchNorm2d(eps, MOMENTUM, true, affine);
  }

  /**
   * The same layer with or without weight and bias.
   *
   * @param affine whether there are any
   * @return the new layer
   */
  public BatchNorm2d affine(boolean affine) {
    return new BatchNorm2d(eps, momentum, cumulative, affine);
  }

  static BatchNorm2d of(Description description) {
    return new BatchNorm2d(
        description.number("eps", EPS),
        description.number("momentum", MOMENTUM),
        description.flag("cumulative", false),
        description.flag("affine", true));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("eps", eps, EPS)
        .with("momentum", momentum, MOMENTUM)
        .with("cumulative", cumulative, false)
        .with("affine", affine, true);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return affine ? List.of(vector("weight", in).ones(), vector("bias", in)) : List.of();
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return List.of(
        vector("running_mean", in),
        vector("running_var", in).ones(),
        TensorSpec.of("num_batches_tracked").wholeNumbers());
  }

  /** A value for each channel; files have the features of a flattened map in their own order. */
  private static TensorSpec vector(String name, Inputs in) {
    Shape shape = in.shape();
    TensorSpec vector = TensorSpec.of(name, shape.channels());
    return shape.isFlat() ? vector.layout(Layout.vector(in.map())) : vector;
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return true;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return mode == Mode.TRAINING
        ? Set.of(Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER);
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return in.shape().size();
  }

  @Override
  public Pass newPass(Site site) {
    Grid grid = new Grid(site.input().channels());
    return new Running(site, grid, new Coefficients(grid), false);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    return new Running(site, ((Running) whole).grid, ((Running) whole).normal, true);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /**
   * How the values of a batch, {@code [pixels, C]}, are cut. A row is so many whole pixels that a
   * loop over it pays; one of many channels is cut into tiles. A block, one task, is a number of
   * rows of one tile.
   */
  private static final class Grid {
    /** Floats of a row, or of a tile, about: the scratch rows of a task stay in an L1 cache. */
    private static final int WIDTH = 512;

    /** Values of a block, about: 128 KiB of them. */
    private static final int BLOCK = 32 * 1024;

    final int channels;
    final int pixelsOfRow;
    final int width; // of a row: a whole number of pixels
    final int tiles;
    final int rowsOfBlock;

    Grid(int channels) {
      this.channels = channels;
      pixelsOfRow = Math.max(1, WIDTH / channels);
      width = pixelsOfRow * channels;
      tiles = Math.ceilDiv(width, WIDTH);
      rowsOfBlock = BLOCK / Math.min(width, WIDTH);
    }

    int blocks(int pixels) {
      return Math.ceilDiv(Math.ceilDiv(pixels, pixelsOfRow), rowsOfBlock);
    }

    /** The first value of a block. */
    int from(int block) {
      return block * rowsOfBlock * width;
    }

    /** One past its last value. */
    int to(int block, int pixels) {
      return (int) Math.min((long) pixels * channels, (long) from(block) + rowsOfBlock * width);
    }

    int tileFrom(int tile) {
      return tile * WIDTH;
    }

    int tileTo(int tile) {
      return Math.min(width, tileFrom(tile) + WIDTH);
    }
  }

  /** {@code gain * (v - center) + offset}, for each place of a row. */
  private static final class Coefficients {
    private final Grid grid;
    final float[] center;
    final float[] gain;
    final float[] offset;
    boolean frozen;

    Coefficients(Grid grid) {
      this.grid = grid;
      center = new float[grid.width];
      gain = new float[grid.width];
      offset = new float[grid.width];
    }

    /** For one channel; what center is rounded by goes into the offset. */
    void set(int channel, double exactCenter, double exactGain, double exactOffset) {
      float rounded = (float) exactCenter;
      float g = (float) exactGain;
      float o = (float) (exactOffset - exactGain * (exactCenter - rounded));
      for (int i = channel; i < grid.width; i += grid.channels) {
        center[i] = rounded;
        gain[i] = g;
        offset[i] = o;
      }
    }
  }

  /** What a worker needs: rows at index 0, so that C2 sees which places are the same. */
  private static final class Scratch {
    final float[] x;
    final float[] dy;
    final double[] sum;
    final double[] product;

    Scratch(int width, boolean training) {
      x = new float[width];
      dy = new float[training ? width : 0];
      sum = new double[training ? width : 0];
      product = new double[training ? width : 0];
    }
  }

  /** One running computation, of whole batches or, in an inference, of slices. */
  private final class Running implements UnaryPass {
    private final Grid grid;
    private final boolean slice; // its coefficients are prepared by the pass of whole batches
    private final Coefficients normal; // y from x
    private final Coefficients back; // dx from x, without the part of dy
    private final float[] slope; // [width]: the part of dy
    private final int pixels; // of an image
    private final boolean training;
    private final boolean rectified;
    private final Tensor weight; // null: 1
    private final Tensor bias; // null: 0
    private final Tensor dWeight;
    private final Tensor dBias;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final Tensor batches;
    private final int groups; // of channels
    private final WorkerTeam team;
    private final WorkerTeam.Task sum = this::sum;
    private final WorkerTeam.Task measure = this::measure;
    private final WorkerTeam.Task normalize = this::normalize;
    private final WorkerTeam.Task gather = this::gather;
    private final WorkerTeam.Task derive = this::derive;
    private final Scratch[] scratch; // of workers
    private final double[] mean; // [C] of the last forward
    private final double[] deviation; // [C]: 1 / sqrt(var + eps) of the last forward
    private double[] sums = new double[0]; // [block][2][C]

    // The running call.
    private int count; // of pixels
    private Tensor x;
    private Tensor dy;
    private Tensor out;
    private boolean wantsGradients;

    Running(Site site, Grid grid, Coefficients normal, boolean slice) {
      this.grid = grid;
      this.slice = slice;
      this.normal = normal;
      training = site.mode() == Mode.TRAINING;
      rectified = site.epilogue() == Epilogue.RELU;
      pixels = site.input().height() * site.input().width();
      weight = affine ? site.parameter("weight").value() : null;
      bias = affine ? site.parameter("bias").value() : null;
      dWeight = affine ? site.parameter("weight").grad() : null;
      dBias = affine ? site.parameter("bias").grad() : null;
      runningMean = site.buffer("running_mean");
      runningVar = site.buffer("running_var");
      batches = site.buffer("num_batches_tracked");
      groups = Math.ceilDiv(grid.channels, GROUP);
      team = site.team();
      scratch = new Scratch[team.threads()];
      Arrays.setAll(scratch, worker -> new Scratch(grid.width, training));
      back = training ? new Coefficients(grid) : null;
      slope = new float[training ? grid.width : 0];
      mean = new double[training ? grid.channels : 0];
      deviation = new double[training ? grid.channels : 0];
    }

    /**
     * With n values of a channel in the batch, {@code n = N * H * W}:
     *
     * <pre>
     * mean = sum of x / n         var = sum of (x - mean)^2 / n         s = 1 / sqrt(var + eps)
     * h    = (x - mean) * s       y   = weight * h + bias
     *
     * running_mean = (1 - momentum) * running_mean + momentum * mean
     * running_var  = (1 - momentum) * running_var  + momentum * var * n / (n - 1)
     * </pre>
     *
     * <p>In an inference mean and var are the running ones.
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      if (!training && !slice) {
        prepareForward();
      } else if (training && context.images() > 0) {
        sumUp(context, x, x);
        requireSeveral();
        batches.data[batches.offset]++;
        team.run(groups, measure);
      }
      count = context.images() * pixels;
      this.x = x;
      out = y;
      team.run(grid.blocks(count) * grid.tiles, normalize);
    }

    private void requireSeveral() {
      if (count == 1) {
        throw new IllegalArgumentException(
            "batch normalisation needs more than one value of a channel in a batch of a training");
      }
    }

    /** Statistics of the batch. */
    private void measure(int group, int worker) {
      double share = cumulative ? 1 / (double) batches.data[batches.offset] : momentum;
      for (int c = group * GROUP; c < groupEnd(group); c++) {
        double m = total(0, c) / count;
        double var = Math.max(total(1, c) / count - m * m, 0);
        mean[c] = m;
        deviation[c] = 1 / Math.sqrt(var + eps);
        normal.set(c, m, weight(c) * deviation[c], bias(c));
        blend(runningMean, c, share, m);
        blend(runningVar, c, share, var * count / (count - 1));
      }
    }

    private static void blend(Tensor running, int channel, double share, double value) {
      int at = running.offset + channel;
      running.data[at] = (float) ((1 - share) * running.data[at] + share * value);
    }

    @Override
    public void prepareForward() {
      if (!normal.frozen) {
        for (int c = 0; c < grid.channels; c++) {
          double m = runningMean.data[runningMean.offset + c];
          double var = runningVar.data[runningVar.offset + c];
          normal.set(c, m, weight(c) / Math.sqrt(var + eps), bias(c));
        }
      }
    }

    @Override
    public void freezeParameters() {
      normal.frozen = false;
      prepareForward();
      normal.frozen = true;
    }

    private double weight(int channel) {
      return affine ? weight.data[weight.offset + channel] : 1;
    }

    private double bias(int channel) {
      return affine ? bias.data[bias.offset + channel] : 0;
    }

    /**
     * With h and s as in forward. Every x also moves mean and var: dx is {@code dh = weight * dy}
     * without its component along 1, and without that along h.
     *
     * <pre>
     * dWeight += sum of dy * h
     * dBias   += sum of dy
     * dx       = weight * s * (dy - sum of dy / n - h * sum of (dy * h) / n)
     * </pre>
     */
    @Override
    public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      backward(context, x[0], dy, dx[0], affine);
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      backward(context, x, dy, dx, false);
    }

    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      backward(context, x, dy, null, affine);
    }

    private void backward(Context context, Tensor x, Tensor dy, Tensor dx, boolean parameters) {
      if (context.images() == 0) {
        return;
      }
      sumUp(context, x, dy);
      wantsGradients = parameters;
      team.run(groups, gather);
      if (dx != null) {
        out = dx;
        team.run(grid.blocks(count) * grid.tiles, derive);
      }
    }

    /** Gradients of the parameters, and what dx needs to know. */
    private void gather(int group, int worker) {
      for (int c = group * GROUP; c < groupEnd(group); c++) {
        double sum = total(0, c);
        double sumH = (total(1, c) - mean[c] * sum) * deviation[c]; // of dy * h
        if (wantsGradients) {
          dWeight.data[dWeight.offset + c] += (float) sumH;
          dBias.data[dBias.offset + c] += (float) sum;
        }
        double factor = weight(c) * deviation[c];
        back.set(c, mean[c], -factor * deviation[c] * sumH / count, -factor * sum / count);
        for (int i = c; i < grid.width; i += grid.channels) {
          slope[i] = (float) factor;
        }
      }
    }

    private int groupEnd(int group) {
      return Math.min(grid.channels, (group + 1) * GROUP);
    }

    /** Over all blocks: the sum of dy (0), or of dy * x (1), of a channel. */
    private double total(int which, int channel) {
      double total = 0;
      for (int block = 0; block < grid.blocks(count); block++) {
        total += sums[(2 * block + which) * grid.channels + channel];
      }
      return total;
    }

    /** Sums of dy and dy * x; those of x and its squares where dy is x. */
    private void sumUp(Context context, Tensor x, Tensor dy) {
      count = context.images() * pixels;
      this.x = x;
      this.dy = dy;
      int blocks = grid.blocks(count);
      if (sums.length < 2 * blocks * grid.channels) {
        sums = new double[2 * blocks * grid.channels];
      }
      team.run(blocks * grid.tiles, sum);
    }

    private void sum(int task, int worker) {
      Scratch s = scratch[worker];
      int block = task / grid.tiles;
      int from = grid.tileFrom(task % grid.tiles);
      int to = grid.tileTo(task % grid.tiles);
      Arrays.fill(s.sum, from, to, 0);
      Arrays.fill(s.product, from, to, 0);
      int at = grid.from(block);
      int end = grid.to(block, count);
      for (; at + 2 * grid.width <= end; at += 2 * grid.width) {
        if (dy == x) {
          addTwo(s.sum, s.product, from, to, x.data, x.offset + at, grid.width);
        } else {
          addTwo(
              s.sum,
              s.product,
              from,
              to,
              x.data,
              x.offset + at,
              dy.data,
              dy.offset + at,
              grid.width);
        }
      }
      for (; at < end; at += grid.width) {
        int last = Math.min(to, end - at);
        add(s.sum, s.product, from, last, x.data, x.offset + at, dy.data, dy.offset + at);
      }
      fold(s.sum, from, to, 2 * block * grid.channels);
      fold(s.product, from, to, (2 * block + 1) * grid.channels);
    }

    /** Adds up what belongs to one channel. */
    private void fold(double[] row, int from, int to, int at) {
      int last = Math.min(to, from + grid.channels);
      for (int c = from; c < last; c++) {
        double sum = 0;
        for (int i = c; i < to; i += grid.channels) {
          sum += row[i];
        }
        sums[at + c] = sum;
      }
    }

    private void normalize(int task, int worker) {
      float[] row = scratch[worker].x;
      int from = grid.tileFrom(task % grid.tiles);
      int to = grid.tileTo(task % grid.tiles);
      int at = grid.from(task / grid.tiles);
      int end = grid.to(task / grid.tiles, count);
      for (; at < end; at += grid.width) {
        int last = Math.min(to, end - at);
        System.arraycopy(x.data, x.offset + at + from, row, from, last - from);
        apply(row, normal.center, normal.gain, normal.offset, from, last);
        if (rectified) {
          rectify(row, from, last);
        }
        System.arraycopy(row, from, out.data, out.offset + at + from, last - from);
      }
    }

    private void derive(int task, int worker) {
      Scratch s = scratch[worker];
      int from = grid.tileFrom(task % grid.tiles);
      int to = grid.tileTo(task % grid.tiles);
      int at = grid.from(task / grid.tiles);
      int end = grid.to(task / grid.tiles, count);
      for (; at < end; at += grid.width) {
        int last = Math.min(to, end - at);
        System.arraycopy(x.data, x.offset + at + from, s.x, from, last - from);
        System.arraycopy(dy.data, dy.offset + at + from, s.dy, from, last - from);
        apply(s.x, back.center, back.gain, back.offset, from, last);
        addProducts(s.x, slope, s.dy, from, last);
        System.arraycopy(s.x, from, out.data, out.offset + at + from, last - from);
      }
    }
  }

  // The loops, each so simple that C2 turns it into vectors.

  private static void apply(
      float[] v, float[] center, float[] gain, float[] offset, int from, int to) {
    for (int i = from; i < to; i++) {
      v[i] = Fma.fma(gain[i], v[i] - center[i], offset[i]);
    }
  }

  private static void addProducts(float[] sum, float[] a, float[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] = Fma.fma(a[i], b[i], sum[i]);
    }
  }

  private static void rectify(float[] v, int from, int to) {
    for (int i = from; i < to; i++) {
      v[i] = Math.max(v[i], 0f);
    }
  }

  /** Two rows of x, and of its squares. */
  private static void addTwo(
      double[] sum, double[] squares, int from, int to, float[] x, int at, int width) {
    int next = at + width;
    for (int i = from; i < to; i++) {
      float a = x[at + i];
      float b = x[next + i];
      sum[i] += (double) a + b;
      squares[i] = Fma.fma(a, a, Fma.fma(b, b, squares[i]));
    }
  }

  /** Two rows of dy, and of dy * x. */
  private static void addTwo(
      double[] sum,
      double[] products,
      int from,
      int to,
      float[] x,
      int at,
      float[] dy,
      int dyAt,
      int width) {
    int next = at + width;
    int dyNext = dyAt + width;
    for (int i = from; i < to; i++) {
      float a = dy[dyAt + i];
      float b = dy[dyNext + i];
      sum[i] += (double) a + b;
      products[i] = Fma.fma(a, x[at + i], Fma.fma(b, x[next + i], products[i]));
    }
  }

  /** One row of dy, and of dy * x; dy may be x. */
  private static void add(
      double[] sum, double[] products, int from, int to, float[] x, int at, float[] dy, int dyAt) {
    for (int i = from; i < to; i++) {
      float a = dy[dyAt + i];
      sum[i] += a;
      products[i] = Fma.fma(a, x[at + i], products[i]);
    }
  }
}
