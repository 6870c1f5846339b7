// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.Normalization;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
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
 * Group normalisation: in each image each group of neighbouring channels gets mean 0 and variance
 * 1, then each channel a scale and a shift that are learnt. Wu and He ("Group normalization",
 * 2018). Unlike a batch normalisation it does not depend on the other images, so it serves small
 * batches, and is the same in training and inference.
 *
 * <p>With groups of one channel it is the instance normalisation of Ulyanov, Vedaldi and Lempitsky
 * ("Instance normalization: the missing ingredient for fast stylization", 2016): {@link #instance}.
 *
 * <p>Parameters: {@code weight [C]}, {@code bias [C]}. {@code docs/backprop.md} derives the
 * equations below. Immutable.
 */
public final class GroupNorm implements Layer {
  private static final String KIND = "group_norm";
  private static final double EPS = 1e-5;
  private static final int EACH_CHANNEL = 0;

  private final int groups;
  private final double eps;
  private final boolean affine;

  /**
   * Group normalisation with PyTorch's numbers: eps 1e-5, weight and bias.
   *
   * @param groups how many; must divide the channels
   * @throws IllegalArgumentException if it is not positive
   */
  public GroupNorm(int groups) {
    this(requirePositive(groups), EPS, true);
  }

  private GroupNorm(int groups, double eps, boolean affine) {
    if (!(eps > 0 && Double.isFinite(eps))) {
      throw new IllegalArgumentException("eps must be positive, but is " + eps);
    }
    this.groups = groups;
    this.eps = eps;
    this.affine = affine;
  }

  private static int requirePositive(int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException(
          "a group normalisation needs a positive number of groups, not " + groups);
    }
    return groups;
  }

  /**
   * Instance normalisation: each channel is a group. Without weight and bias, as in PyTorch.
   *
   * @return the layer
   */
  public static GroupNorm instance() {
    return new GroupNorm(EACH_CHANNEL, EPS, false);
  }

  /**
   * The same layer with another eps.
   *
   * @param eps added to the variance
   * @return the new layer
   * @throws IllegalArgumentException if it is not positive
   */
  public GroupNorm eps(double eps) {
    return new GroupNorm(groups, eps, affine);
  }

  /**
   * The same layer with or without weight and bias.
   *
   * @param affine whether there are any
   * @return the new layer
   */
  public GroupNorm affine(boolean affine) {
    return new GroupNorm(groups, eps, affine);
  }

  static GroupNorm of(Description description) {
    boolean instance = description.flag("instance", false);
    return new GroupNorm(
        instance ? EACH_CHANNEL : requirePositive(description.integer("groups")),
        description.number("eps", EPS),
        description.flag("affine", !instance));
  }

  @Override
  public Description description() {
    boolean instance = groups == EACH_CHANNEL;
    Description kind = Description.of(KIND);
    return (instance ? kind.with("instance", true) : kind.with("groups", groups))
        .with("eps", eps, EPS)
        .with("affine", affine, !instance);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape shape = inputs[0];
    int count = groups(shape);
    if (shape.channels() % count != 0) {
      throw new IllegalArgumentException(
          "a group normalisation needs channels that its groups divide, but there are "
              + shape.channels()
              + " channels and "
              + count
              + " groups");
    }
    if (shape.size() == count) {
      throw new IllegalArgumentException(
          "a group normalisation needs more than one value in a group, but the input is " + shape);
    }
    return shape;
  }

  private int groups(Shape shape) {
    return groups == EACH_CHANNEL ? shape.channels() : groups;
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    if (groups(in.shape()) > 1 && !in.map().isFlat() && in.shape().isFlat()) {
      throw new IllegalArgumentException(
          "groups of channels are no longer together once the map "
              + in.map()
              + " is flattened: normalise before the Flatten");
    }
    return affine
        ? List.of(TensorSpec.perChannel("weight", in).ones(), TensorSpec.perChannel("bias", in))
        : List.of();
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return true;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return mode == Mode.TRAINING
        ? Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER);
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return in.shape().size();
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** What a worker needs for an image. */
  private static final class Worker {
    final Normalization normalization;
    final ChannelScale scale;

    Worker(int channels, int pixels) {
      normalization = new Normalization(channels, WorkerTeam.single());
      normalization.reserve(pixels);
      scale = new ChannelScale(channels);
    }
  }

  /** One running computation. A task is an image. */
  private final class Running implements UnaryPass {
    private final int channels;
    private final int pixels; // of an image
    private final int count; // of groups
    private final int perGroup; // channels
    private final boolean training;
    private final Epilogue epilogue;
    private final WorkerTeam team;
    private final Worker[] workers;
    private final WorkerTeam.Task normalize = this::normalize;
    private final WorkerTeam.Task derive = this::derive;
    private final double[] mean; // [N, groups] of the last forward
    private final double[] deviation; // [N, groups]: 1 / sqrt(var + eps) of the last forward
    private final double[] gradients; // [N, 2, C]: of an image, to weight and bias
    private final Tensor weight; // null: 1
    private final Tensor bias; // null: 0
    private final Tensor dWeight;
    private final Tensor dBias;

    // The running call.
    private Tensor x;
    private Tensor dy;
    private Tensor out; // null: the gradients of the parameters alone
    private boolean measured; // mean and deviation are those of x

    Running(Site site) {
      channels = site.input().channels();
      pixels = site.input().height() * site.input().width();
      count = groups(site.input());
      perGroup = channels / count;
      epilogue = site.epilogue();
      team = site.team();
      workers = new Worker[team.threads()];
      Arrays.setAll(workers, worker -> new Worker(channels, pixels));
      training = site.mode() == Mode.TRAINING;
      mean = new double[(training ? site.maxBatch() : team.threads()) * count];
      deviation = new double[mean.length];
      gradients = new double[training ? site.maxBatch() * 2 * channels : 0];
      weight = affine ? site.parameter("weight").value() : null;
      bias = affine ? site.parameter("bias").value() : null;
      dWeight = affine ? site.gradient("weight") : null;
      dBias = affine ? site.gradient("bias") : null;
    }

    /**
     * With n values of a group in an image, {@code n = H * W * C / groups}:
     *
     * <pre>
     * mean = sum of x / n         var = sum of (x - mean)^2 / n         s = 1 / sqrt(var + eps)
     * h    = (x - mean) * s       y   = weight * h + bias
     * </pre>
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      this.x = x;
      out = y;
      team.run(context.images(), normalize);
    }

    private void normalize(int image, int worker) {
      Worker w = workers[worker];
      int at = place(image, worker);
      measure(image, at, w.normalization);
      for (int c = 0; c < channels; c++) {
        int g = at + c / perGroup;
        double bias = affine ? this.bias.data[this.bias.offset + c] : 0;
        w.scale.set(c, mean[g], weight(c) * deviation[g], bias);
      }
      w.normalization.scale(image * pixels, pixels, w.scale, epilogue, x, out);
    }

    /** Where the statistics of an image are: in an inference each worker has room for one. */
    private int place(int image, int worker) {
      return (training ? image : worker) * count;
    }

    private void measure(int image, int at, Normalization normalization) {
      normalization.sums(image * pixels, pixels, x, x);
      double n = (double) pixels * perGroup;
      for (int g = 0; g < count; g++) {
        double sum = 0;
        double squares = 0;
        for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
          sum += normalization.sum(c);
          squares += normalization.product(c);
        }
        double m = sum / n;
        mean[at + g] = m;
        deviation[at + g] = 1 / Math.sqrt(Math.max(squares / n - m * m, 0) + eps);
      }
    }

    private double weight(int channel) {
      return affine ? weight.data[weight.offset + channel] : 1;
    }

    /**
     * With {@code dh = weight * dy}. Every x also moves the mean and the var of its group: dx is dh
     * without its component along 1, and without that along h.
     *
     * <pre>
     * dWeight[c] += sum of dy * h           over the images and their pixels
     * dBias[c]   += sum of dy
     * dx          = s * (dh - sum of dh / n - h * sum of (dh * h) / n)        sums over the group
     * </pre>
     */
    @Override
    public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      derive(context, x[0], dy, dx[0], true);
      addGradients(context.images());
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      derive(context, x, dy, dx, true);
    }

    /** Perhaps of a batch whose slices other passes took forward. */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      derive(context, x, dy, null, false);
      addGradients(context.images());
    }

    private void derive(Context context, Tensor x, Tensor dy, Tensor dx, boolean measured) {
      this.x = x;
      this.dy = dy;
      this.measured = measured;
      out = dx;
      team.run(context.images(), derive);
    }

    private void derive(int image, int worker) {
      Worker w = workers[worker];
      Normalization sums = w.normalization;
      int at = image * count;
      if (!measured) {
        measure(image, at, sums);
      }
      sums.sums(image * pixels, pixels, x, dy);
      double n = (double) pixels * perGroup;
      for (int g = 0; g < count; g++) {
        double m = mean[at + g];
        double s = deviation[at + g];
        double sum = 0; // of dh
        double sumH = 0; // of dh * h
        for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
          double ofDy = sums.sum(c);
          double ofDyH = (sums.product(c) - m * ofDy) * s;
          gradients[2 * image * channels + c] = ofDyH;
          gradients[(2 * image + 1) * channels + c] = ofDy;
          sum += weight(c) * ofDy;
          sumH += weight(c) * ofDyH;
        }
        for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
          w.scale.set(c, m, -s * s * sumH / n, -s * sum / n, weight(c) * s);
        }
      }
      if (out != null) {
        sums.gradient(image * pixels, pixels, w.scale, x, dy, out);
      }
    }

    /** Image after image, whoever has computed them. */
    private void addGradients(int images) {
      for (int c = 0; affine && c < channels; c++) {
        double ofWeight = 0;
        double ofBias = 0;
        for (int image = 0; image < images; image++) {
          ofWeight += gradients[2 * image * channels + c];
          ofBias += gradients[(2 * image + 1) * channels + c];
        }
        dWeight.data[dWeight.offset + c] += (float) ofWeight;
        dBias.data[dBias.offset + c] += (float) ofBias;
      }
    }
  }
}
