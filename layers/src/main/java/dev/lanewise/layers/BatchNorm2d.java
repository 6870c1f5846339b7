// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.Normalization;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.ScalingPass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
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
 * <p>In a training a batch is read twice in each direction, for the sums and for the result ({@link
 * Normalization}). In an inference a convolution in front takes the normalisation over, to the same
 * bits ({@link Trait#SCALES_CHANNELS}).
 */
public final class BatchNorm2d implements Layer {
  private static final String KIND = "batch_norm2d";
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

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
    return affine
        ? List.of(TensorSpec.perChannel("weight", in).ones(), TensorSpec.perChannel("bias", in))
        : List.of();
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return List.of(
        TensorSpec.perChannel("running_mean", in),
        TensorSpec.perChannel("running_var", in).ones(),
        TensorSpec.of("num_batches_tracked").wholeNumbers());
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return true;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return mode == Mode.TRAINING
        ? Set.of(Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER)
        : Set.of(
            Trait.PER_IMAGE,
            Trait.IN_PLACE,
            Trait.IGNORES_Y,
            Trait.SCALES_CHANNELS,
            Trait.FUSES_RELU_AFTER);
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return in.shape().size();
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site, new ChannelScale(site.input().channels()), false);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    return new Running(site, ((Running) whole).normal, true);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation, of whole batches or, in an inference, of slices. */
  private final class Running implements ScalingPass {
    private final int channels;
    private final int pixels; // of an image
    private final boolean training;
    private final boolean slice; // its scale is prepared by the pass of whole batches
    private final Epilogue epilogue;
    private final Normalization normalization;
    private final ChannelScale normal; // y from x
    private final ChannelScale back; // dx from x and dy
    private final double[] mean; // [C] of the last forward
    private final double[] deviation; // [C]: 1 / sqrt(var + eps) of the last forward
    private final Tensor weight; // null: 1
    private final Tensor bias; // null: 0
    private final Tensor dWeight;
    private final Tensor dBias;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final Tensor batches;
    private boolean frozen;

    Running(Site site, ChannelScale normal, boolean slice) {
      channels = site.input().channels();
      pixels = site.input().height() * site.input().width();
      training = site.mode() == Mode.TRAINING;
      this.slice = slice;
      epilogue = site.epilogue();
      normalization = new Normalization(channels, site.team());
      this.normal = normal;
      back = training ? new ChannelScale(channels) : null;
      mean = new double[training ? channels : 0];
      deviation = new double[training ? channels : 0];
      weight = affine ? site.parameter("weight").value() : null;
      bias = affine ? site.parameter("bias").value() : null;
      dWeight = affine ? site.gradient("weight") : null;
      dBias = affine ? site.gradient("bias") : null;
      runningMean = site.buffer("running_mean");
      runningVar = site.buffer("running_var");
      batches = site.buffer("num_batches_tracked");
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
      int n = context.images() * pixels;
      if (!training && !slice) {
        prepareForward();
      } else if (training && n > 0) {
        measure(n, x);
      }
      normalization.scale(0, n, normal, epilogue, x, y);
    }

    /** Statistics of the batch. */
    private void measure(int n, Tensor x) {
      if (n == 1) {
        throw new IllegalArgumentException(
            "batch normalisation needs more than one value of a channel in a batch of a training");
      }
      normalization.sums(0, n, x, x);
      batches.data[batches.offset]++;
      double share = cumulative ? 1 / (double) batches.data[batches.offset] : momentum;
      for (int c = 0; c < channels; c++) {
        double m = normalization.sum(c) / n;
        double var = Math.max(normalization.product(c) / n - m * m, 0);
        mean[c] = m;
        deviation[c] = 1 / Math.sqrt(var + eps);
        normal.set(c, m, weight(c) * deviation[c], bias(c));
        blend(runningMean, c, share, m);
        blend(runningVar, c, share, var * n / (n - 1));
      }
    }

    private static void blend(Tensor running, int channel, double share, double value) {
      int at = running.offset + channel;
      running.data[at] = (float) ((1 - share) * running.data[at] + share * value);
    }

    @Override
    public ChannelScale scale() {
      return normal;
    }

    @Override
    public void prepareForward() {
      if (!frozen) {
        for (int c = 0; c < channels; c++) {
          double m = runningMean.data[runningMean.offset + c];
          double var = runningVar.data[runningVar.offset + c];
          normal.set(c, m, weight(c) / Math.sqrt(var + eps), bias(c));
        }
      }
    }

    @Override
    public void freezeParameters() {
      frozen = false;
      prepareForward();
      frozen = true;
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
      int n = context.images() * pixels;
      if (n == 0) {
        return;
      }
      normalization.sums(0, n, x, dy);
      for (int c = 0; c < channels; c++) {
        double sum = normalization.sum(c);
        double sumH = (normalization.product(c) - mean[c] * sum) * deviation[c]; // of dy * h
        if (parameters) {
          dWeight.data[dWeight.offset + c] += (float) sumH;
          dBias.data[dBias.offset + c] += (float) sum;
        }
        double slope = weight(c) * deviation[c];
        back.set(c, mean[c], -slope * deviation[c] * sumH / n, -slope * sum / n, slope);
      }
      if (dx != null) {
        normalization.gradient(0, n, back, x, dy, dx);
      }
    }
  }
}
