// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.RowNormalization;
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
import java.util.List;
import java.util.Set;

/**
 * Layer normalisation: each image gets mean 0 and variance 1, then each of its elements a scale and
 * a shift that are learnt. Ba, Kiros and Hinton ("Layer normalization", 2016). It does not depend
 * on the other images, and is the same in training and inference.
 *
 * <p>{@link #perPixel} does so with the channels of each pixel, as ConvNeXt uses it. On a flat
 * input both are the same.
 *
 * <p>Parameters: {@code weight} and {@code bias}, {@code [H, W, C]}, in files {@code [C, H, W]} as
 * PyTorch has them; per pixel, or on a flat input, {@code [C]}. {@code docs/backprop.md} derives
 * the equations below. Immutable.
 */
public final class LayerNorm implements Layer {
  private static final String KIND = "layer_norm";
  private static final double EPS = 1e-5;

  private final boolean perPixel;
  private final double eps;
  private final boolean affine;

  /** Normalisation of whole images with PyTorch's numbers: eps 1e-5, weight and bias. */
  public LayerNorm() {
    this(false, EPS, true);
  }

  private LayerNorm(boolean perPixel, double eps, boolean affine) {
    if (!(eps > 0 && Double.isFinite(eps))) {
      throw new IllegalArgumentException("eps must be positive, but is " + eps);
    }
    this.perPixel = perPixel;
    this.eps = eps;
    this.affine = affine;
  }

  /**
   * Normalisation of the channels of each pixel: in PyTorch {@code LayerNorm(C)} of a tensor whose
   * channels are last.
   *
   * @return the layer
   */
  public static LayerNorm perPixel() {
    return new LayerNorm(true, EPS, true);
  }

  /**
   * The same layer with another eps.
   *
   * @param eps added to the variance
   * @return the new layer
   * @throws IllegalArgumentException if it is not positive
   */
  public LayerNorm eps(double eps) {
    return new LayerNorm(perPixel, eps, affine);
  }

  /**
   * The same layer with or without weight and bias.
   *
   * @param affine whether there are any
   * @return the new layer
   */
  public LayerNorm affine(boolean affine) {
    return new LayerNorm(perPixel, eps, affine);
  }

  static LayerNorm of(Description description) {
    return new LayerNorm(
        description.flag("per_pixel", false),
        description.number("eps", EPS),
        description.flag("affine", true));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("per_pixel", perPixel, false)
        .with("eps", eps, EPS)
        .with("affine", affine, true);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return affine ? List.of(tensor("weight", in).ones(), tensor("bias", in)) : List.of();
  }

  private TensorSpec tensor(String name, Inputs in) {
    Shape shape = in.shape();
    return perPixel || shape.isFlat()
        ? TensorSpec.perChannel(name, in)
        : TensorSpec.of(name, shape.height(), shape.width(), shape.channels())
            .layout(Layout.image(shape));
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

  /** One running computation. A row is what is normalised together. */
  private final class Running implements UnaryPass {
    private final int rows; // of an image
    private final RowNormalization normalization;
    private final Epilogue epilogue;
    private final Tensor weight; // null: 1
    private final Tensor bias; // null: 0
    private final Tensor dWeight;
    private final Tensor dBias;
    private final double[] mean; // of each row of the last forward
    private final double[] deviation; // 1 / sqrt(var + eps), likewise

    Running(Site site) {
      Shape shape = site.input();
      int size = perPixel ? shape.channels() : shape.size();
      rows = shape.size() / size;
      normalization = new RowNormalization(size, site.team());
      epilogue = site.epilogue();
      weight = affine ? site.parameter("weight").value() : null;
      bias = affine ? site.parameter("bias").value() : null;
      dWeight = affine ? site.gradient("weight") : null;
      dBias = affine ? site.gradient("bias") : null;
      mean = new double[Math.multiplyExact(rows, site.maxBatch())];
      deviation = new double[mean.length];
    }

    /**
     * With the n values x of a row:
     *
     * <pre>
     * mean = sum of x / n         var = sum of (x - mean)^2 / n         s = 1 / sqrt(var + eps)
     * h    = (x - mean) * s       y   = weight * h + bias
     * </pre>
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      int n = context.images() * rows;
      normalization.measure(n, eps, x, mean, deviation);
      normalization.normalize(n, x, mean, deviation, weight, bias, epilogue, y);
    }

    /**
     * With h and s as in forward and {@code dh = weight * dy}. Every x also moves mean and var: dx
     * is dh without its component along 1, and without that along h.
     *
     * <pre>
     * dWeight[i] += sum over the rows of dy[i] * h[i]
     * dBias[i]   += sum over the rows of dy[i]
     * dx          = s * (dh - sum of dh / n - h * sum of (dh * h) / n)        sums over the row
     * </pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      int n = context.images() * rows;
      normalization.backwardData(n, x, mean, deviation, weight, dy, dx);
    }

    @Override
    public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      if (affine) {
        int n = context.images() * rows;
        normalization.backwardParameters(n, x[0], mean, deviation, dy, dWeight, dBias);
      }
      if (dx[0] != null) {
        backwardData(context, x[0], y, dy, dx[0]);
      }
    }

    /** Perhaps of a batch whose slices other passes took forward. */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      if (affine) {
        int n = context.images() * rows;
        normalization.measure(n, eps, x, mean, deviation);
        normalization.backwardParameters(n, x, mean, deviation, dy, dWeight, dBias);
      }
    }
  }
}
