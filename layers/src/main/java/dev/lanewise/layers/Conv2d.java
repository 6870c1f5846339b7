// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.ConvolutionSlice;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Initializer;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A two-dimensional convolution, with a bias unless told otherwise.
 *
 * <p>With {@link #groups}, G of them, the channels of the input and of the output are cut into G
 * groups of neighbours, and each output channel sees the input channels of its group alone. With as
 * many groups as input channels the convolution is depthwise: one or several filters for each
 * channel by itself (Sifre, "Rigid-motion scattering for image classification", 2014; Howard et
 * al., "MobileNets", 2017).
 *
 * <p>Parameters: {@code weight [KH, KW, C/G, OC]}, {@code bias [OC]}. {@code docs/backprop.md}
 * derives the equations below. Immutable.
 */
public final class Conv2d implements Layer {
  private static final String KIND = "conv2d";

  private final int channels;
  private final Window window;
  private final int groups;
  private final boolean bias;
  private final Initializer initializer;
  private final Algorithm algorithm;

  /**
   * A convolution with He initialisation, computed by the fastest algorithm for its shape.
   *
   * @param channels of the output: the number of filters, OC
   * @param window kernel size, stride, padding and dilation
   * @throws IllegalArgumentException if {@code channels} is not positive
   */
  public Conv2d(int channels, Window window) {
    this(channels, window, 1, true, Initializer.HE_NORMAL, Algorithm.AUTO);
  }

  private Conv2d(
      int channels,
      Window window,
      int groups,
      boolean bias,
      Initializer initializer,
      Algorithm algorithm) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          "a convolution needs a positive number of channels, not " + channels);
    }
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "a convolution of "
              + channels
              + " output channels needs a positive number of groups that divides them, not "
              + groups);
    }
    this.channels = channels;
    this.window = window;
    this.groups = groups;
    this.bias = bias;
    this.initializer = initializer;
    this.algorithm = algorithm;
  }

  /**
   * The same convolution with channels in groups.
   *
   * @param groups how many, G; 1 unless told otherwise. They must divide the channels of the input,
   *     too
   * @return the new layer
   * @throws IllegalArgumentException if {@code groups} is not positive, or does not divide the
   *     channels of the output
   */
  public Conv2d groups(int groups) {
    return new Conv2d(channels, window, groups, bias, initializer, algorithm);
  }

  /**
   * The same convolution with or without a bias.
   *
   * @param bias whether to add one
   * @return the new layer
   */
  public Conv2d bias(boolean bias) {
    return new Conv2d(channels, window, groups, bias, initializer, algorithm);
  }

  /**
   * The same convolution with other first weights; the bias starts from zero.
   *
   * @param initializer draws the weights
   * @return the new layer
   */
  public Conv2d initializer(Initializer initializer) {
    return new Conv2d(channels, window, groups, bias, initializer, algorithm);
  }

  /**
   * The same convolution, computed another way.
   *
   * @param algorithm how the passes are computed
   * @return the new layer
   */
  public Conv2d algorithm(Algorithm algorithm) {
    return new Conv2d(channels, window, groups, bias, initializer, algorithm);
  }

  static Conv2d of(Description description) {
    return new Conv2d(
        description.integer("channels"),
        Windows.read(description),
        description.integer("groups", 1),
        description.flag("bias", true),
        Initializer.named(description.text("initializer", "he_normal")),
        algorithm(description));
  }

  static Algorithm algorithm(Description description) {
    String name = description.text("algorithm", Algorithm.AUTO.name());
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm.name().equals(name)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException(
        "attribute algorithm is " + name + ", expected one of " + List.of(Algorithm.values()));
  }

  @Override
  public Description description() {
    return Windows.write(window, Description.of(KIND).with("channels", channels))
        .with("groups", groups, 1)
        .with("bias", bias, true)
        .with("initializer", initializer.nameOr("he_normal"), "he_normal")
        .with("algorithm", algorithm.name(), "AUTO");
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Conv2dShape shape = shape(inputs[0]);
    return new Shape(shape.grid().outputH(), shape.grid().outputW(), channels);
  }

  private Conv2dShape shape(Shape input) {
    return new Conv2dShape(
        WindowGrid.of(window, input.height(), input.width()), input.channels(), channels, groups);
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    int taps = window.kernelH() * window.kernelW();
    int c = in.shape().channels() / groups;
    TensorSpec weight =
        TensorSpec.of("weight", window.kernelH(), window.kernelW(), c, channels)
            .initializer(initializer, taps * c, taps * channels)
            .layout(Layout.convolution(window.kernelH(), window.kernelW(), c, channels));
    return bias ? List.of(weight, TensorSpec.of("bias", channels)) : List.of(weight);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    Set<Trait> traits =
        EnumSet.of(
            Trait.PER_IMAGE,
            Trait.IGNORES_Y,
            Trait.FUSES_RELU_AFTER,
            Trait.FUSES_SCALE_AFTER,
            Trait.FUSES_MAP_AFTER,
            Trait.FUSES_GATE);
    if (Convolution.gradientsBySlices(shape(in.shape()), algorithm)) {
      traits.add(Trait.GRADIENTS_BY_SLICES);
    }
    return traits;
  }

  @Override
  public long multiplyAdds(Inputs in) {
    Conv2dShape shape = shape(in.shape());
    return (long) shape.grid().outputPixels() * shape.weightSize();
  }

  @Override
  public Pass newPass(Site site) {
    Convolution whole =
        new Convolution(
            shape(site.input()),
            site.maxBatch(),
            algorithm,
            site.epilogue(),
            site.scale(),
            site.function(),
            site.workspace());
    return new Running(whole, null, site);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    Convolution convolution = ((Running) whole).whole;
    return new Running(
        convolution, convolution.slice(site.maxBatch(), site.function(), site.workspace()), site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation, of whole batches or of slices. */
  private final class Running implements UnaryPass {
    private final Convolution whole;
    private final ConvolutionSlice slice; // null: for whole batches
    private final boolean gated;
    private final Tensor w;
    private final Tensor b;
    private final Tensor dw;
    private final Tensor db;

    Running(Convolution whole, ConvolutionSlice slice, Site site) {
      this.whole = whole;
      this.slice = slice;
      gated = site.gated();
      w = site.parameter("weight").value();
      dw = site.gradient("weight");
      b = bias ? site.parameter("bias").value() : null;
      db = bias ? site.gradient("bias") : null;
    }

    /**
     * {@code y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n,iy,ix,c] * weight[ky,kx,c,oc]}, c
     * of the group of oc.
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      if (slice == null) {
        whole.forward(context.images(), x, w, b, y);
      } else {
        slice.forward(context.images(), x, b, y);
      }
    }

    /**
     * Each term x * weight of y hands dy to both of its factors; here to x.
     *
     * <pre>dx[n,iy,ix,c] = sum over ky,kx,oc of dy[n,oy,ox,oc] * weight[ky,kx,c,oc]</pre>
     *
     * <p>with (iy, ix) the pixel that (oy, ox) sees through (ky, kx), and oc of the group of c.
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (slice == null) {
        whole.backwardData(context.images(), dy, w, gated ? x : null, dx);
      } else {
        slice.backwardData(context.images(), dy, gated ? x : null, dx);
      }
    }

    /**
     * And here to weight.
     *
     * <pre>
     * dWeight[ky,kx,c,oc] += sum over n,oy,ox of x[n,iy,ix,c] * dy[n,oy,ox,oc]
     * dBias[oc]           += sum over n,oy,ox of dy[n,oy,ox,oc]
     * </pre>
     */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      whole.backwardWeights(context.images(), x, dy, dw, db);
    }

    @Override
    public void addGradients(Context context, Tensor x, Tensor dy) {
      slice.addGradients(context.first(), context.images(), x, dy);
    }

    @Override
    public void beginGradients(int batch) {
      whole.beginGradients(batch);
    }

    @Override
    public void endGradients() {
      whole.endGradients(dw, db);
    }

    @Override
    public void freezeParameters() {
      whole.freezeWeight();
    }

    @Override
    public void prepareForward() {
      whole.prepareForward(w);
    }

    @Override
    public void prepareBackward() {
      whole.prepareBackward(w);
    }
  }
}
