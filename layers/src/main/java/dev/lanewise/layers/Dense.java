// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.DenseGradient;
import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.InnerProducts;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
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
 * A fully connected layer on flat inputs, with a bias unless told otherwise.
 *
 * <p>Parameters: {@code weight [out, in]}, {@code bias [out]}. Immutable.
 */
public final class Dense implements Layer {
  private static final String KIND = "dense";

  private final int features;
  private final boolean bias;
  private final Initializer initializer;

  /**
   * A dense layer with He initialisation, for a ReLU to follow.
   *
   * @param features length of the output
   * @throws IllegalArgumentException if it is not positive
   */
  public Dense(int features) {
    this(features, true, Initializer.HE_NORMAL);
  }

  private Dense(int features, boolean bias, Initializer initializer) {
    if (features < 1) {
      throw new IllegalArgumentException(
          "a dense layer needs a positive number of features, not " + features);
    }
    this.features = features;
    this.bias = bias;
    this.initializer = initializer;
  }

  /**
   * The same layer with or without a bias.
   *
   * @param bias whether to add one
   * @return the new layer
   */
  public Dense bias(boolean bias) {
    return new Dense(features, bias, initializer);
  }

  /**
   * The same layer with other first weights; the bias starts from zero.
   *
   * @param initializer draws the weights
   * @return the new layer
   */
  public Dense initializer(Initializer initializer) {
    return new Dense(features, bias, initializer);
  }

  static Dense of(Description description) {
    return new Dense(
        description.integer("features"),
        description.flag("bias", true),
        Initializer.named(description.text("initializer", "he_normal")));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("features", features)
        .with("bias", bias, true)
        .with("initializer", initializer.nameOr("he_normal"), "he_normal");
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    if (!inputs[0].isFlat()) {
      throw new IllegalArgumentException(
          "a dense layer needs a flat input, not " + inputs[0] + ": put a Flatten in front");
    }
    return Shape.flat(features);
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    int length = in.shape().channels();
    TensorSpec weight =
        TensorSpec.of("weight", features, length)
            .initializer(initializer, length, features)
            .layout(Layout.dense(features, in.map()));
    return bias ? List.of(weight, TensorSpec.of("bias", features)) : List.of(weight);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.IGNORES_Y);
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return (long) in.shape().channels() * features;
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private final class Running implements UnaryPass {
    private final int in;
    private final Parameter weight;
    private final Parameter offset; // null: none
    private final InnerProducts products;
    private final DenseGradient gradient;
    private final Elementwise elementwise;

    Running(Site site) {
      in = site.input().channels();
      weight = site.parameter("weight");
      offset = bias ? site.parameter("bias") : null;
      products = new InnerProducts(site.team());
      gradient = new DenseGradient(site.team());
      elementwise = new Elementwise(site.team());
    }

    /** {@code y = x weight^T + bias}; x: [N, in], y: [N, out]. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      Tensor b = offset == null ? null : offset.value();
      products.multiply(context.images(), features, in, x, weight.value(), b, y);
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
    public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      gradient.backward(
          context.images(), in, features, x[0], weight.value(), dy, weight.grad(), dx[0]);
      if (offset != null) {
        elementwise.addColumnSums(context.images(), features, dy, offset.grad());
      }
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      throw new UnsupportedOperationException("both gradients come together");
    }
  }
}
