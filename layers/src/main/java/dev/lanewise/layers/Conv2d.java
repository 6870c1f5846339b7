package dev.lanewise.layers;

import dev.lanewise.engine.Conv2dShape;
import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Window;
import dev.lanewise.engine.Workspace;
import java.util.List;

/**
 * A two-dimensional convolution with bias.
 *
 * <p>Parameters: {@code weight [KH, KW, C, OC]}, {@code bias [OC]}. {@code docs/backprop.md}
 * derives the equations below.
 */
public final class Conv2d implements Layer {
  private final int inChannels;
  private final int outChannels;
  private final Window window;
  private final Convolution.Algorithm algorithm;
  private final Initializer initializer;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * A convolution with He initialisation, computed by the fastest algorithm for its shape.
   *
   * @param inChannels channels of the input, C
   * @param outChannels number of filters, OC
   * @param window kernel size, stride, padding and dilation
   */
  public Conv2d(int inChannels, int outChannels, Window window) {
    this(inChannels, outChannels, window, Initializer.HE_NORMAL, Convolution.Algorithm.AUTO);
  }

  /**
   * A convolution.
   *
   * @param inChannels channels of the input, C
   * @param outChannels number of filters, OC
   * @param window kernel size, stride, padding and dilation
   * @param initializer draws the weights; the bias starts from zero
   * @param algorithm how the passes are computed
   * @throws IllegalArgumentException if a number of channels is not positive
   */
  public Conv2d(
      int inChannels,
      int outChannels,
      Window window,
      Initializer initializer,
      Convolution.Algorithm algorithm) {
    if (inChannels < 1 || outChannels < 1) {
      throw new IllegalArgumentException(
          "a convolution needs positive channels, but has " + inChannels + " -> " + outChannels);
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.window = window;
    this.initializer = initializer;
    this.algorithm = algorithm;
    weight = Parameter.zeros("weight", window.kernelH(), window.kernelW(), inChannels, outChannels);
    bias = Parameter.zeros("bias", outChannels);
  }

  @Override
  public Shape outputShape(Shape input) {
    Conv2dShape shape = shape(input);
    return new Shape(shape.grid().outputH(), shape.grid().outputW(), outChannels);
  }

  private Conv2dShape shape(Shape input) {
    if (input.channels() != inChannels) {
      throw new IllegalArgumentException(
          "a convolution of " + inChannels + " channels cannot take an input of shape " + input);
    }
    return new Conv2dShape(window.over(input.height(), input.width()), inChannels, outChannels);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  @Override
  public void initialize(RandomStream random) {
    int taps = window.kernelH() * window.kernelW();
    initializer.fill(weight.value(), taps * inChannels, taps * outChannels, random);
    Initializer.ZEROS.fill(bias.value(), 0, 0, random);
  }

  @Override
  public boolean backwardReadsOutput() {
    return false;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    return new Pass(new Convolution(shape(input), maxBatch, algorithm, workspace));
  }

  /** One running computation. */
  private final class Pass implements Rectifying {
    private final Convolution convolution;
    private boolean rectifiesOutput;
    private boolean rectifiesGradient;

    Pass(Convolution convolution) {
      this.convolution = convolution;
    }

    @Override
    public PerImage lane(int images, Workspace workspace) {
      return new Pass(convolution.lane(images, workspace));
    }

    @Override
    public void fixParameters() {
      convolution.fixWeight();
    }

    @Override
    public void prepareForward() {
      convolution.prepareForward(weight.value().data, weight.value().offset);
    }

    @Override
    public void prepareBackward() {
      convolution.prepareBackward(weight.value().data, weight.value().offset);
    }

    @Override
    public boolean rectifyOutput() {
      rectifiesOutput = true;
      return true;
    }

    @Override
    public boolean rectifyGradient() {
      rectifiesGradient = true;
      return true;
    }

    /** {@code y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n,iy,ix,c] * weight[ky,kx,c,oc]}. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      Tensor w = weight.value();
      Tensor b = bias.value();
      if (rectifiesOutput) {
        convolution.forwardRectified(
            batch, x.data, x.offset, w.data, w.offset, b.data, b.offset, y.data, y.offset);
      } else {
        convolution.forward(
            batch, x.data, x.offset, w.data, w.offset, b.data, b.offset, y.data, y.offset);
      }
    }

    /**
     * Each term x * weight of y hands dy to both of its factors; here to x.
     *
     * <pre>dx[n,iy,ix,c] = sum over ky,kx,oc of dy[n,oy,ox,oc] * weight[ky,kx,c,oc]</pre>
     *
     * <p>with (iy, ix) the pixel that (oy, ox) sees through (ky, kx).
     */
    @Override
    public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      Tensor w = weight.value();
      if (rectifiesGradient) {
        convolution.backwardDataRectified(
            batch, x.data, x.offset, dy.data, dy.offset, w.data, w.offset, dx.data, dx.offset);
      } else {
        convolution.backwardData(batch, dy.data, dy.offset, w.data, w.offset, dx.data, dx.offset);
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
    public void backwardParameters(int batch, Tensor x, Tensor dy) {
      Tensor dw = weight.grad();
      Tensor db = bias.grad();
      convolution.backwardWeights(
          batch, x.data, x.offset, dy.data, dy.offset, dw.data, dw.offset, db.data, db.offset);
    }

    @Override
    public boolean parametersByLanes() {
      return convolution.weightsByLanes();
    }

    @Override
    public void beginParameters(int batch) {
      convolution.beginWeights(batch);
    }

    @Override
    public void addParameters(int first, int images, Tensor x, Tensor dy) {
      convolution.addWeights(first, images, x.data, x.offset, dy.data, dy.offset);
    }

    @Override
    public void endParameters() {
      Tensor dw = weight.grad();
      Tensor db = bias.grad();
      convolution.endWeights(dw.data, dw.offset, db.data, db.offset);
    }
  }
}
