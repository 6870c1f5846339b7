// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;

/**
 * Weighs each channel by what all of them have on average: Hu, Shen and Sun
 * ("Squeeze-and-excitation networks", 2018). The layers are called as in torchvision, so that its
 * weights load:
 *
 * <pre>y = x * scale_activation(fc2(activation(fc1(avgpool(x)))))</pre>
 *
 * @param squeeze channels in the middle
 * @param activation after the first convolution
 * @param gate after the second one; makes of any number a weight, such as a sigmoid
 */
public record SqueezeExcitation(int squeeze, Block activation, Block gate) implements Block {
  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public SqueezeExcitation {
    if (squeeze < 1) {
      throw new IllegalArgumentException(
          "squeeze-and-excitation needs a positive number of channels, not " + squeeze);
    }
  }

  /**
   * The usual one, with ReLU in the middle.
   *
   * @param squeeze channels in the middle
   * @param gate after the second convolution; makes of any number a weight, such as a sigmoid
   */
  public SqueezeExcitation(int squeeze, Block gate) {
    this(squeeze, new Relu(), gate);
  }

  @Override
  public Node connect(GraphBuilder graph, Node... inputs) {
    Node x = One.of("squeeze-and-excitation", inputs);
    Window pixel = Window.valid(1);
    Node s = graph.add("avgpool", AvgPool2d.global(), x);
    s = graph.add("fc1", new Conv2d(squeeze, pixel), s);
    s = graph.add("activation", activation, s);
    s = graph.add("fc2", new Conv2d(x.shape().channels(), pixel), s);
    s = graph.add("scale_activation", gate, s);
    return graph.add("mul", new Multiply(), x, s);
  }
}
