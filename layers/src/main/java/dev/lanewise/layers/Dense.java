package dev.lanewise.layers;

import dev.lanewise.engine.DenseGradient;
import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.InnerProducts;


import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import java.util.List;

/**
 * A fully connected layer with bias, on flat inputs.
 *
 * <p>Parameters: {@code weight [out, in]}, {@code bias [out]}.
 */
public final class Dense implements Layer {
  private final int in;
  private final int out;
  private final Initializer initializer;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * A dense layer with He initialisation, for a rectifier to follow.
   *
   * @param in length of the input
   * @param out length of the output
   */
  public Dense(int in, int out) {
    this(in, out, Initializer.HE_NORMAL);
  }

  /**
   * A dense layer.
   *
   * @param in length of the input
   * @param out length of the output
   * @param initializer draws the weights; the bias starts from zero
   * @throws IllegalArgumentException if a length is not positive
   */
  public Dense(int in, int out, Initializer initializer) {
    if (in < 1 || out < 1) {
      throw new IllegalArgumentException(
          "a dense layer needs positive lengths, but has " + in + " -> " + out);
    }
    this.in = in;
    this.out = out;
    this.initializer = initializer;
    weight = Parameter.zeros("weight", out, in);
    bias = Parameter.zeros("bias", out);
  }

  @Override
  public Shape outputShape(Shape input) {
    if (!input.equals(Shape.flat(in))) {
      throw new IllegalArgumentException(
          "a dense layer of " + in + " inputs needs shape " + Shape.flat(in) + ", not " + input);
    }
    return Shape.flat(out);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  @Override
  public void initialize(RandomStream random) {
    initializer.fill(weight.value(), in, out, random);
    Initializer.ZEROS.fill(bias.value(), 0, 0, random);
  }

  @Override
  public boolean backwardReadsOutput() {
    return false;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    return new Pass(workspace.team());
  }

  /** One running computation. */
  private final class Pass implements Layer.Pass {
    private final InnerProducts products;
    private final DenseGradient gradient;
    private final Elementwise elementwise;

    Pass(WorkerTeam team) {
      products = new InnerProducts(team);
      gradient = new DenseGradient(team);
      elementwise = new Elementwise(team);
    }

    /** {@code y = x weight^T + bias}; x: [N, in], y: [N, out]. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      products.multiply(batch, out, in, x, weight.value(), bias.value(), y);
    }

    /**
     * Each term x * weight of y hands dy to both of its factors.
     *
     * <pre>
     * dWeight += dy^T x       [out, in]
     * dBias   += 1^T dy       [out]
     * dx       = dy weight    [N, in]
     * </pre>
     */
    @Override
    public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      gradient.backward(batch, in, out, x, weight.value(), dy, weight.grad(), dx);
      elementwise.addColumnSums(batch, out, dy, bias.grad());
    }
  }
}
