// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The kinds of layers that a model file may hold, and how each is made from its description: those
 * of Lanewise, and yours. Immutable.
 */
public final class Kinds implements Function<Description, Layer> {
  /** The layers of this package. */
  public static final Kinds STANDARD =
      new Kinds(Map.of())
          .with("add", description -> new Add())
          .with("avg_pool2d", AvgPool2d::of)
          .with("batch_norm2d", BatchNorm2d::of)
          .with("channel_pad", ChannelPad::of)
          .with("celu", Celu::of)
          .with("channel_shuffle", ChannelShuffle::of)
          .with("concatenate", description -> new Concatenate())
          .with("conv2d", Conv2d::of)
          .with("conv_transpose2d", ConvTranspose2d::of)
          .with("crop2d", Crop2d::of)
          .with("dense", Dense::of)
          .with("dropout", Dropout::of)
          .with("dropout2d", Dropout2d::of)
          .with("elu", Elu::of)
          .with("flatten", description -> new Flatten())
          .with("gelu", Gelu::of)
          .with("group_norm", GroupNorm::of)
          .with("hard_sigmoid", description -> new HardSigmoid())
          .with("hard_swish", description -> new HardSwish())
          .with("layer_norm", LayerNorm::of)
          .with("leaky_relu", LeakyRelu::of)
          .with("max_pool2d", MaxPool2d::of)
          .with("mish", description -> new Mish())
          .with("multiply", description -> new Multiply())
          .with("pad2d", Pad2d::of)
          .with("prelu", PRelu::of)
          .with("relu", description -> new Relu())
          .with("relu6", description -> new Relu6())
          .with("selu", description -> new Selu())
          .with("sigmoid", description -> new Sigmoid())
          .with("silu", description -> new Silu())
          .with("softmax", description -> new Softmax())
          .with("softplus", Softplus::of)
          .with("stochastic_depth", StochasticDepth::of)
          .with("tanh", description -> new Tanh())
          .with("upsample2d", Upsample2d::of);

  private final Map<String, Function<Description, ? extends Layer>> makers;

  private Kinds(Map<String, Function<Description, ? extends Layer>> makers) {
    this.makers = Collections.unmodifiableMap(makers);
  }

  /**
   * These kinds and one more.
   *
   * @param kind as in {@link Description#kind}
   * @param maker makes a layer from what its {@link Layer#description} has given
   * @return the new kinds
   */
  public Kinds with(String kind, Function<Description, ? extends Layer> maker) {
    Map<String, Function<Description, ? extends Layer>> more = new TreeMap<>(makers);
    more.put(kind, maker);
    return new Kinds(more);
  }

  /**
   * Makes a layer.
   *
   * @param description what it is
   * @return the layer
   * @throws IllegalArgumentException if the kind is unknown, or its attributes are not as they
   *     should be
   */
  @Override
  public Layer apply(Description description) {
    Function<Description, ? extends Layer> maker = makers.get(description.kind());
    if (maker == null) {
      throw new IllegalArgumentException(
          "unknown kind of layer '"
              + description.kind()
              + "', expected one of "
              + String.join(", ", makers.keySet()));
    }
    return maker.apply(description);
  }
}
