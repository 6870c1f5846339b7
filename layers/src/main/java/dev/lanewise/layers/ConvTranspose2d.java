// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.ConvolutionSlice;
import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
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
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A transposed convolution, with a bias unless told otherwise: each pixel of x, times the weights,
 * is added to the window of y that a {@link Conv2d} from y to x would have seen there. So a stride
 * makes the image larger. Zeiler et al. ("Deconvolutional networks", 2010); Dumoulin and Visin ("A
 * guide to convolution arithmetic for deep learning", 2016) draw it.
 *
 * <p>Its passes are those of that convolution, the <em>adjoint</em>, in other roles: forward is the
 * gradient of its data, and the gradient of the data is its forward pass.
 *
 * <p>The height of y is {@code (H - 1) * stride - padding + dilation * (kernel - 1) + 1 + output
 * padding}, with the padding of both sides, which is cropped off here; with a window of {@code
 * same} padding it is {@code H * stride}. Columns likewise.
 *
 * <p>Parameters: {@code weight [KH, KW, OC/G, C]}, {@code bias [OC]}, for G groups. {@code
 * docs/backprop.md} derives the equations below. Immutable.
 */
public final class ConvTranspose2d implements Layer {
  private static final String KIND = "conv_transpose2d";

  private final int channels;
  private final Window window;
  private final int outputPadH;
  private final int outputPadW;
  private final int groups;
  private final boolean bias;
  private final Initializer initializer;
  private final Algorithm algorithm;

  /**
   * A transposed convolution with He initialisation, computed by the fastest algorithm for its
   * shape.
   *
   * @param channels of the output, OC
   * @param window kernel size, stride, padding and dilation of the adjoint
   * @throws IllegalArgumentException if {@code channels} is not positive
   */
  public ConvTranspose2d(int channels, Window window) {
    this(channels, window, 0, 0, 1, true, Initializer.HE_NORMAL, Algorithm.AUTO);
  }

  private ConvTranspose2d(
      int channels,
      Window window,
      int outputPadH,
      int outputPadW,
      int groups,
      boolean bias,
      Initializer initializer,
      Algorithm algorithm) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          "a transposed convolution needs a positive number of channels, not " + channels);
    }
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "a transposed convolution of "
              + channels
              + " output channels needs a positive number of groups that divides them, not "
              + groups);
    }
    requireOutputPadding(
        window, outputPadH, window.strideH(), window.dilationH(), window.padBottom());
    requireOutputPadding(
        window, outputPadW, window.strideW(), window.dilationW(), window.padRight());
    this.channels = channels;
    this.window = window;
    this.outputPadH = outputPadH;
    this.outputPadW = outputPadW;
    this.groups = groups;
    this.bias = bias;
    this.initializer = initializer;
    this.algorithm = algorithm;
  }

  private static void requireOutputPadding(
      Window window, int outputPad, int stride, int dilation, int pad) {
    int end = window.same() ? 1 : Math.min(Math.max(stride, dilation), stride + pad);
    if (outputPad < 0 || outputPad >= end) {
      throw new IllegalArgumentException(
          "the output padding of a transposed convolution with "
              + (window.same()
                  ? "same padding"
                  : "stride " + stride + ", dilation " + dilation + " and padding " + pad)
              + " must be from 0 to "
              + (end - 1)
              + ", but is "
              + outputPad);
    }
  }

  /**
   * The same transposed convolution with further rows and columns at the end of y. With a stride,
   * images of several sizes have adjoint outputs of one size: this says which of them y has.
   *
   * @param rows how many: below the larger of stride and dilation, and below stride plus padding
   * @param columns likewise
   * @return the new layer
   * @throws IllegalArgumentException if they are out of range, or the window has same padding
   */
  public ConvTranspose2d outputPadding(int rows, int columns) {
    return new ConvTranspose2d(
        channels, window, rows, columns, groups, bias, initializer, algorithm);
  }

  /**
   * The same transposed convolution with channels in groups: those of a group of x go into those of
   * the same group of y alone.
   *
   * @param groups how many, G; 1 unless told otherwise. They must divide the channels of the input,
   *     too
   * @return the new layer
   * @throws IllegalArgumentException if {@code groups} is not positive, or does not divide the
   *     channels of the output
   */
  public ConvTranspose2d groups(int groups) {
    return new ConvTranspose2d(
        channels, window, outputPadH, outputPadW, groups, bias, initializer, algorithm);
  }

  /**
   * The same transposed convolution with or without a bias.
   *
   * @param bias whether to add one
   * @return the new layer
   */
  public ConvTranspose2d bias(boolean bias) {
    return new ConvTranspose2d(
        channels, window, outputPadH, outputPadW, groups, bias, initializer, algorithm);
  }

  /**
   * The same transposed convolution with other first weights; the bias starts from zero.
   *
   * @param initializer draws the weights; fanIn and fanOut are PyTorch's, {@code KH * KW * OC/G}
   *     and {@code KH * KW * C}
   * @return the new layer
   */
  public ConvTranspose2d initializer(Initializer initializer) {
    return new ConvTranspose2d(
        channels, window, outputPadH, outputPadW, groups, bias, initializer, algorithm);
  }

  /**
   * The same transposed convolution, computed another way.
   *
   * @param algorithm how the passes are computed
   * @return the new layer
   */
  public ConvTranspose2d algorithm(Algorithm algorithm) {
    return new ConvTranspose2d(
        channels, window, outputPadH, outputPadW, groups, bias, initializer, algorithm);
  }

  static ConvTranspose2d of(Description description) {
    int[] outputPad = description.integers("output_padding", 0, 0);
    return new ConvTranspose2d(
        description.integer("channels"),
        Windows.read(description),
        outputPad[0],
        outputPad[1],
        description.integer("groups", 1),
        description.flag("bias", true),
        Initializer.named(description.text("initializer", "he_normal")),
        Conv2d.algorithm(description));
  }

  @Override
  public Description description() {
    return Windows.write(window, Description.of(KIND).with("channels", channels))
        .with("output_padding", List.of(outputPadH, outputPadW), List.of(0, 0))
        .with("groups", groups, 1)
        .with("bias", bias, true)
        .with("initializer", initializer.nameOr("he_normal"), "he_normal")
        .with("algorithm", algorithm.name(), "AUTO");
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    WindowGrid grid = adjoint(inputs[0]).grid();
    return new Shape(grid.inputH(), grid.inputW(), channels);
  }

  /** The convolution from y to x. */
  private Conv2dShape adjoint(Shape in) {
    Window w = window;
    int height =
        length(
            "height",
            in.height(),
            w.strideH(),
            (long) w.dilationH() * (w.kernelH() - 1),
            (long) w.padTop() + w.padBottom(),
            outputPadH);
    int width =
        length(
            "width",
            in.width(),
            w.strideW(),
            (long) w.dilationW() * (w.kernelW() - 1),
            (long) w.padLeft() + w.padRight(),
            outputPadW);
    if (!w.same()) { // of y's own rows and columns, so that the adjoint has no further output
      w =
          w.padding(
              w.padTop(),
              Math.max(0, w.padBottom() - outputPadH),
              w.padLeft(),
              Math.max(0, w.padRight() - outputPadW));
    }
    return new Conv2dShape(WindowGrid.of(w, height, width), channels, in.channels(), groups);
  }

  private int length(String axis, int in, int stride, long reach, long pad, int outputPad) {
    long out = (in - 1L) * stride + reach + 1 - pad + outputPad;
    long length = window.same() ? (long) in * stride : out;
    if (length < 1 || length > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the output of " + this + " would have a " + axis + " of " + length);
    }
    return (int) length;
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    int taps = window.kernelH() * window.kernelW();
    int c = in.shape().channels();
    int out = channels / groups;
    TensorSpec weight =
        TensorSpec.of("weight", window.kernelH(), window.kernelW(), out, c)
            .initializer(initializer, taps * out, taps * c)
            .layout(Layout.convolution(window.kernelH(), window.kernelW(), out, c));
    return bias ? List.of(weight, TensorSpec.of("bias", channels)) : List.of(weight);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    Set<Trait> traits = EnumSet.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
    if (Convolution.gradientsBySlices(adjoint(in.shape()), algorithm)) {
      traits.add(Trait.GRADIENTS_BY_SLICES);
    }
    return traits;
  }

  @Override
  public long multiplyAdds(Inputs in) {
    Conv2dShape shape = adjoint(in.shape());
    return (long) shape.grid().outputPixels() * shape.weightSize();
  }

  @Override
  public Pass newPass(Site site) {
    Convolution adjoint =
        new Convolution(
            adjoint(site.input()), site.maxBatch(), algorithm, Epilogue.NONE, site.workspace());
    return new Running(adjoint, null, site, new double[site.maxBatch() * channels]);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    Running of = (Running) whole;
    ConvolutionSlice slice = of.adjoint.slice(site.maxBatch(), site.workspace());
    return new Running(of.adjoint, slice, site, of.sums);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation, of whole batches or of slices. */
  private final class Running implements UnaryPass {
    private final Convolution adjoint;
    private final ConvolutionSlice slice; // null: for whole batches
    private final double[] sums; // of dy, [images, OC]
    private final int pixels; // of y
    private final WorkerTeam team;
    private final Tensor w;
    private final Tensor b;
    private final Tensor dw;
    private final Tensor db;
    private final WorkerTeam.Task addBias = this::addBias;
    private final WorkerTeam.Task sum = this::sum;

    // The running call.
    private int first; // image
    private int batch;
    private Tensor in;

    Running(Convolution adjoint, ConvolutionSlice slice, Site site, double[] sums) {
      this.adjoint = adjoint;
      this.slice = slice;
      this.sums = sums;
      pixels = site.output().height() * site.output().width();
      team = site.team();
      w = site.parameter("weight").value();
      dw = site.gradient("weight");
      b = bias ? site.parameter("bias").value() : null;
      db = bias ? site.gradient("bias") : null;
    }

    /**
     * {@code y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n,iy,ix,c] * weight[ky,kx,oc,c]},
     * with (oy, ox) the pixel that (iy, ix) sees through (ky, kx) in the adjoint, and c of the
     * group of oc.
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      if (slice == null) {
        adjoint.backwardData(context.images(), x, w, null, y);
      } else {
        slice.backwardData(context.images(), x, null, y);
      }
      if (bias) {
        in = y;
        team.run(context.images(), addBias);
        in = null;
      }
    }

    private void addBias(int image, int worker) {
      float[] y = in.data;
      int at = in.offset + image * pixels * channels;
      for (int p = 0; p < pixels; p++, at += channels) {
        for (int c = 0; c < channels; c++) {
          y[at + c] += b.data[b.offset + c];
        }
      }
    }

    /**
     * Each term x * weight of y hands dy to both of its factors; here to x.
     *
     * <pre>dx[n,iy,ix,c] = sum over ky,kx,oc of dy[n,oy,ox,oc] * weight[ky,kx,oc,c]</pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (slice == null) {
        adjoint.forward(context.images(), dy, w, null, dx);
      } else {
        slice.forward(context.images(), dy, null, dx);
      }
    }

    /**
     * And here to weight.
     *
     * <pre>
     * dWeight[ky,kx,oc,c] += sum over n,iy,ix of x[n,iy,ix,c] * dy[n,oy,ox,oc]
     * dBias[oc]           += sum over n,oy,ox of dy[n,oy,ox,oc]
     * </pre>
     */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      adjoint.backwardWeights(context.images(), dy, x, dw, null);
      if (bias) {
        sum(0, context.images(), dy);
        addSums(context.images());
      }
    }

    @Override
    public void addGradients(Context context, Tensor x, Tensor dy) {
      slice.addGradients(context.first(), context.images(), dy, x);
      if (bias) {
        sum(context.first(), context.images(), dy);
      }
    }

    @Override
    public void beginGradients(int batch) {
      this.batch = batch;
      adjoint.beginGradients(batch);
    }

    @Override
    public void endGradients() {
      adjoint.endGradients(dw, null);
      if (bias) {
        addSums(batch);
      }
    }

    /** Sums up dy, each image by itself. */
    private void sum(int first, int images, Tensor dy) {
      this.first = first;
      in = dy;
      team.run(images, sum);
      in = null;
    }

    private void sum(int image, int worker) {
      int to = (first + image) * channels;
      Arrays.fill(sums, to, to + channels, 0);
      int at = in.offset + image * pixels * channels;
      for (int p = 0; p < pixels; p++, at += channels) {
        for (int c = 0; c < channels; c++) {
          sums[to + c] += in.data[at + c];
        }
      }
    }

    /** Adds the sums of the images, in their order, to dBias. */
    private void addSums(int images) {
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int i = 0; i < images; i++) {
          sum += sums[i * channels + c];
        }
        db.data[db.offset + c] += (float) sum;
      }
    }

    @Override
    public void prepareForward() {
      adjoint.prepareBackward(w);
    }

    @Override
    public void prepareBackward() {
      adjoint.prepareForward(w);
    }
  }
}
