// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
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
 * A leaky rectifier that learns its slope for negative values: He, Zhang, Ren and Sun ("Delving
 * deep into rectifiers: surpassing human-level performance on ImageNet classification", 2015). The
 * authors train the slope without weight decay, which would make it a ReLU.
 *
 * <p>Parameter: {@code weight [1]}, one slope for all elements; or {@code weight [C]}, one for each
 * channel, by {@link #perChannel}. On a flat input each feature is a channel. Immutable.
 *
 * <p>The gradient of a slope is a sum over the batch: of doubles, and cut into blocks whose size
 * depends on the number of channels alone. So its bits do not depend on the threads.
 */
public final class PRelu implements Layer {
  private static final String KIND = "prelu";
  private static final double USUAL = 0.25;

  /** Values of a row, about, on which the loops run; one of a single pixel may be longer. */
  private static final int WIDTH = 512;

  /** Values of a task, about: they stay in an L1 cache. */
  private static final int CHUNK = 2048;

  /** Values of a block of a sum, about: 128 KiB of them. */
  private static final int BLOCK = 32 * 1024;

  /** Channels of a task that adds up blocks. */
  private static final int GROUP = 64;

  private final boolean perChannel;
  private final double initial;

  /** One slope for all elements, 0.25 before training. */
  public PRelu() {
    this(false, USUAL);
  }

  private PRelu(boolean perChannel, double initial) {
    if (!Float.isFinite((float) initial)) {
      throw new IllegalArgumentException(
          "the initial slope of a PReLU must be finite, but is " + initial);
    }
    this.perChannel = perChannel;
    this.initial = initial;
  }

  /**
   * The same layer with a slope for each channel.
   *
   * @return the new layer
   */
  public PRelu perChannel() {
    return new PRelu(true, initial);
  }

  /**
   * The same layer with another slope before training.
   *
   * @param slope for negative values
   * @return the new layer
   * @throws IllegalArgumentException if it is not finite
   */
  public PRelu initial(double slope) {
    return new PRelu(perChannel, slope);
  }

  static PRelu of(Description description) {
    return new PRelu(description.flag("per_channel", false), description.number("initial", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("per_channel", perChannel, false)
        .with("initial", initial, USUAL);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    TensorSpec weight =
        perChannel ? TensorSpec.perChannel("weight", in) : TensorSpec.of("weight", 1);
    return List.of(weight.initializer(new Constant(initial), 1, 1));
  }

  private record Constant(double value) implements Initializer {
    @Override
    public double draw(double fanIn, double fanOut, RandomStream random) {
      return value;
    }
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return true;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site, null);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    return new Running(site, ((Running) whole).slope);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** What a worker needs: rows at index 0, so that C2 sees which places are the same. */
  private static final class Scratch {
    final float[] x;
    final float[] dy;
    final double[] sum;

    Scratch(int width, boolean training) {
      x = new float[width];
      dy = new float[training ? width : 0];
      sum = new double[training ? width : 0];
    }
  }

  /** One running computation. The values of a batch, {@code [pixels, C]}, are seen as rows. */
  private final class Running implements UnaryPass {
    private final int size; // of an image
    private final int channels;
    private final int width; // of a row: whole pixels
    private final int chunk; // whole rows
    private final int block; // whole rows
    private final boolean slice; // its slopes are prepared by the pass of whole batches
    private final float[] slope; // [width]
    private final Tensor weight;
    private final Tensor dWeight;
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final WorkerTeam.Task sum = this::sum;
    private final WorkerTeam.Task gather = this::gather;
    private final Scratch[] scratch; // of workers
    private double[] sums = new double[0]; // [block][weight]

    // The running call.
    private int n;
    private Tensor in;
    private Tensor gradient;
    private Tensor out;

    Running(Site site, float[] slopes) {
      size = site.input().size();
      channels = site.input().channels();
      width = channels * Math.max(1, WIDTH / channels);
      chunk = width * Math.max(1, CHUNK / width);
      block = width * Math.max(1, BLOCK / width);
      slice = slopes != null;
      slope = slice ? slopes : new float[width];
      weight = site.parameter("weight").value();
      dWeight = site.gradient("weight");
      team = site.team();
      scratch = new Scratch[team.threads()];
      Arrays.setAll(scratch, w -> new Scratch(width, site.mode() == Mode.TRAINING));
    }

    @Override
    public void prepareForward() {
      if (!perChannel) {
        Arrays.fill(slope, weight.data[weight.offset]);
        return;
      }
      for (int at = 0; at < width; at += channels) {
        System.arraycopy(weight.data, weight.offset, slope, at, channels);
      }
    }

    @Override
    public void prepareBackward() {
      prepareForward();
    }

    /** {@code y = max(x, 0) + weight[c] * min(x, 0)}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      if (!slice) {
        prepareForward();
      }
      n = context.images() * size;
      in = x;
      out = y;
      team.run(Math.ceilDiv(n, chunk), forward);
    }

    private void forward(int task, int worker) {
      float[] row = scratch[worker].x;
      int end = task * chunk + Math.min(chunk, n - task * chunk);
      for (int at = task * chunk; at < end; at += width) {
        int count = Math.min(width, end - at);
        System.arraycopy(in.data, in.offset + at, row, 0, count);
        leak(row, slope, count);
        System.arraycopy(row, 0, out.data, out.offset + at, count);
      }
    }

    /** {@code dx = dy} where {@code x > 0}, else {@code weight[c] * dy}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (!slice) {
        prepareBackward();
      }
      n = context.images() * size;
      in = x;
      gradient = dy;
      out = dx;
      team.run(Math.ceilDiv(n, chunk), backward);
    }

    private void backward(int task, int worker) {
      Scratch s = scratch[worker];
      int end = task * chunk + Math.min(chunk, n - task * chunk);
      for (int at = task * chunk; at < end; at += width) {
        int count = Math.min(width, end - at);
        copyBoth(at, count, s);
        multiplyBySlopes(s.dy, s.x, slope, count);
        System.arraycopy(s.dy, 0, out.data, out.offset + at, count);
      }
    }

    private void copyBoth(int at, int count, Scratch s) {
      System.arraycopy(in.data, in.offset + at, s.x, 0, count);
      System.arraycopy(gradient.data, gradient.offset + at, s.dy, 0, count);
    }

    /** {@code dWeight[c] += sum of dy * min(x, 0)}. */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      n = context.images() * size;
      in = x;
      gradient = dy;
      int blocks = Math.ceilDiv(n, block);
      if (sums.length < blocks * weight.size()) {
        sums = new double[blocks * weight.size()];
      }
      team.run(blocks, sum);
      team.run(Math.ceilDiv(weight.size(), GROUP), gather);
    }

    private void sum(int task, int worker) {
      Scratch s = scratch[worker];
      Arrays.fill(s.sum, 0);
      int end = task * block + Math.min(block, n - task * block);
      for (int at = task * block; at < end; at += width) {
        int count = Math.min(width, end - at);
        copyBoth(at, count, s);
        addProducts(s.sum, s.dy, s.x, count);
      }
      int slopes = weight.size();
      for (int c = 0; c < slopes; c++) {
        double total = 0;
        for (int i = c; i < width; i += slopes) { // a row holds whole pixels
          total += s.sum[i];
        }
        sums[task * slopes + c] = total;
      }
    }

    private void gather(int group, int worker) {
      int slopes = weight.size();
      for (int c = group * GROUP; c < Math.min(slopes, (group + 1) * GROUP); c++) {
        double total = 0;
        for (int each = 0; each < Math.ceilDiv(n, block); each++) {
          total += sums[each * slopes + c];
        }
        dWeight.data[dWeight.offset + c] += (float) total;
      }
    }
  }

  // The loops, each so simple that C2 turns it into vectors.

  private static void leak(float[] x, float[] slope, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Fma.fma(slope[i], Math.min(x[i], 0f), Math.max(x[i], 0f));
    }
  }

  /** With {@code positive} 1 or 0, the factor is exactly 1 or the slope. */
  private static void multiplyBySlopes(float[] dy, float[] x, float[] slope, int n) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(x[i]), 0f);
      dy[i] *= Fma.fma(1 - positive, slope[i], positive);
    }
  }

  private static void addProducts(double[] sum, float[] dy, float[] x, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] = Fma.fma(dy[i], Math.min(x[i], 0f), sum[i]);
    }
  }
}
