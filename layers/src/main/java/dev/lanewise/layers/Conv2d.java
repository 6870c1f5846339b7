package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.ConvolutionSlice;
import dev.lanewise.engine.Epilogue;


import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
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
    return new Conv2dShape(
        WindowGrid.of(window, input.height(), input.width()), inChannels, outChannels);
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
    return new Pass(shape(input), maxBatch, workspace);
  }

  /** One running computation. */
  private final class Pass implements Rectifying {
    private final Conv2dShape shape;
    private final int maxBatch;
    private final Workspace workspace;
    private Convolution convolution;
    private Epilogue epilogue;
    private boolean rectifiesGradient;

    Pass(Conv2dShape shape, int maxBatch, Workspace workspace) {
      this.shape = shape;
      this.maxBatch = maxBatch;
      this.workspace = workspace;
      end(Epilogue.NONE);
    }

    private void end(Epilogue with) {
      if (epilogue != with) {
        epilogue = with;
        convolution = new Convolution(shape, maxBatch, algorithm, epilogue, workspace);
      }
    }

    @Override
    public PerImage lane(int images, Workspace workspace) {
      return new SlicePass(this, images, workspace);
    }

    @Override
    public void fixParameters() {
      convolution.freezeWeight();
    }

    @Override
    public void prepareForward() {
      convolution.prepareForward(weight.value());
    }

    @Override
    public void prepareBackward() {
      convolution.prepareBackward(weight.value());
    }

    @Override
    public boolean rectifyOutput() {
      end(Epilogue.RELU);
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
      convolution.forward(batch, x, weight.value(), bias.value(), y);
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
      convolution.backwardData(batch, dy, weight.value(), rectifiesGradient ? x : null, dx);
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
      convolution.backwardWeights(batch, x, dy, weight.grad(), bias.grad());
    }

    @Override
    public boolean parametersByLanes() {
      return convolution.gradientsBySlices();
    }

    @Override
    public void beginParameters(int batch) {
      convolution.beginGradients(batch);
    }

    @Override
    public void endParameters() {
      convolution.endGradients(weight.grad(), bias.grad());
    }
  }

  /** Some images of a batch. */
  private final class SlicePass implements Rectifying {
    private final Pass whole;
    private final int images;
    private final Workspace workspace;
    private ConvolutionSlice slice;
    private boolean rectifiesOutput;
    private boolean rectifiesGradient;

    SlicePass(Pass whole, int images, Workspace workspace) {
      this.whole = whole;
      this.images = images;
      this.workspace = workspace;
      slice = whole.convolution.slice(images, workspace);
    }

    @Override
    public PerImage lane(int images, Workspace workspace) {
      return whole.lane(images, workspace);
    }

    @Override
    public boolean rectifyOutput() {
      if (!rectifiesOutput) {
        whole.end(Epilogue.RELU);
        slice = whole.convolution.slice(images, workspace);
        rectifiesOutput = true;
      }
      return true;
    }

    @Override
    public boolean rectifyGradient() {
      rectifiesGradient = true;
      return true;
    }

    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      slice.forward(batch, x, bias.value(), y);
    }

    @Override
    public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      slice.backwardData(batch, dy, rectifiesGradient ? x : null, dx);
    }

    @Override
    public boolean parametersByLanes() {
      return whole.parametersByLanes();
    }

    @Override
    public void addParameters(int first, int images, Tensor x, Tensor dy) {
      slice.addGradients(first, images, x, dy);
    }
  }
}
