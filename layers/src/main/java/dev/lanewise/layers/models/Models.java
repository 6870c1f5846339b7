// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/**
 * Well-known networks by name, their parameters still zero. {@link Network#initialize} draws them,
 * or {@link dev.lanewise.layers.io.ModelFile} loads those of a PyTorch model of the same
 * definition.
 *
 * <ul>
 *   <li>{@code simple}, {@code complex}: the two networks of the MNIST application, see {@link
 *       #simple} and {@link #complex}.
 *   <li>{@code lenet5}: LeCun et al., 1998, with ReLU and max-pooling as in PyTorch's tutorial;
 *       images smaller than 32x32 are padded by two pixels on each side; {@code lenet_wide}: 24 and
 *       32 filters, which knows 98.9 % of MNIST after one epoch.
 *   <li>{@code vgg11_bn}, {@code vgg13_bn}, {@code vgg16_bn}, {@code vgg19_bn}: Simonyan and
 *       Zisserman, 2015, for images of 32x32, with one dense layer; {@code vgg_small}: five
 *       convolutions of 32 to 128 channels.
 *   <li>{@code resnet20}, {@code resnet32}, {@code resnet56}: He et al., 2015, for images of 32x32,
 *       shortcuts without parameters; {@code resnet18}, {@code resnet34}, {@code resnet50}: for
 *       large images, as in torchvision.
 *   <li>{@code mobilenet_v1}: Howard et al., 2017, whose first stride is 1 for images smaller than
 *       64x64; {@code mobilenet_small}: the same without its last layers, for images of 32x32;
 *       {@code mobilenet_v2}: Sandler et al., 2018, as in torchvision.
 *   <li>{@code airbench94}: Jordan, 2024, for images of 32x32; its first convolution is meant to be
 *       {@linkplain dev.lanewise.layers.train.Whitening whitened}; {@code airbench_half}: the same
 *       with half as many filters.
 *   <li>{@code squeezenet1_0}, {@code squeezenet1_1}: Iandola et al., 2016, as in torchvision.
 * </ul>
 */
public final class Models {
  private static final Map<String, BiFunction<Shape, Integer, Network>> BY_NAME =
      new LinkedHashMap<>();

  static {
    BY_NAME.put("simple", Models::simple);
    BY_NAME.put("complex", Models::complex);
    BY_NAME.put("lenet5", (in, classes) -> network(12, in, LeNet.five(in, classes)));
    put("lenet_wide", 12, LeNet::wide);
    put("vgg11_bn", 32, classes -> Vgg.deep(classes, 1, 1, 2, 2, 2));
    put("vgg13_bn", 32, classes -> Vgg.deep(classes, 2, 2, 2, 2, 2));
    put("vgg16_bn", 32, classes -> Vgg.deep(classes, 2, 2, 3, 3, 3));
    put("vgg19_bn", 32, classes -> Vgg.deep(classes, 2, 2, 4, 4, 4));
    put("vgg_small", 8, Vgg::small);
    put("resnet20", 1, classes -> ResNet.small(3, classes));
    put("resnet32", 1, classes -> ResNet.small(5, classes));
    put("resnet56", 1, classes -> ResNet.small(9, classes));
    BY_NAME.put("mobilenet_v1", (in, classes) -> network(1, in, MobileNet.one(in, classes)));
    put("mobilenet_small", 1, MobileNet::small);
    put("mobilenet_v2", 1, MobileNet::two);
    BY_NAME.put(
        "airbench94",
        (in, classes) -> network(25, in, AirBench.net(in.channels(), classes, 64, 256)));
    BY_NAME.put(
        "airbench_half",
        (in, classes) -> network(25, in, AirBench.net(in.channels(), classes, 32, 128)));
    put("squeezenet1_0", 21, SqueezeNet::paper);
    put("squeezenet1_1", 17, SqueezeNet::light);
    put("resnet18", 1, classes -> ResNet.large(false, classes, 2, 2, 2, 2));
    put("resnet34", 1, classes -> ResNet.large(false, classes, 3, 4, 6, 3));
    put("resnet50", 1, classes -> ResNet.large(true, classes, 3, 4, 6, 3));
  }

  private static void put(String name, int least, IntFunction<Block> maker) {
    BY_NAME.put(name, (in, classes) -> network(least, in, maker.apply(classes)));
  }

  private Models() {}

  /**
   * The names that {@link #named} knows.
   *
   * @return all names; unmodifiable
   */
  public static Set<String> names() {
    return Collections.unmodifiableSet(BY_NAME.keySet());
  }

  /**
   * A network by its name.
   *
   * @param name one of {@link #names}
   * @param input the shape of an image
   * @param classes the number of logits
   * @return the network, its parameters still zero
   * @throws IllegalArgumentException if there is no network of this name, or the images are too
   *     small for it
   */
  public static Network named(String name, Shape input, int classes) {
    BiFunction<Shape, Integer, Network> maker = BY_NAME.get(name);
    if (maker == null) {
      throw new IllegalArgumentException(
          "there is no network '" + name + "', expected one of " + String.join(", ", names()));
    }
    return maker.apply(input, classes);
  }

  /**
   * A network by its name or by a list of its layers.
   *
   * @param model one of {@link #names}, or what {@link LayerList} takes, such as {@code conv 32,
   *     relu, pool 2, dense 10}
   * @param input the shape of an image
   * @param classes the number of logits; of a list, that of a {@code dense} without a number
   * @return the network, its parameters still zero
   * @throws IllegalArgumentException if there is no network of this name, the list is not as it
   *     should be, or the images are too small
   */
  public static Network of(String model, Shape input, int classes) {
    return !BY_NAME.containsKey(model) && LayerList.isMeant(model)
        ? LayerList.network(model, input, classes)
        : named(model, input, classes);
  }

  /**
   * Conv 8@3x3 same, ReLU, MaxPool 2, Flatten, Dense.
   *
   * @param input the shape of an image, at least 2x2
   * @param classes the number of logits
   * @return the network, its parameters still zero
   * @throws IllegalArgumentException if the image is too small
   */
  public static Network simple(Shape input, int classes) {
    return network(
        2,
        input,
        new Conv2d(8, Window.same(3)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(classes).initializer(Initializer.GLOROT_UNIFORM));
  }

  /**
   * [Conv 32, ReLU] x2, MaxPool 2, [Conv 64, ReLU] x2, MaxPool 2, Flatten, Dense 128, ReLU, Dense;
   * all convolutions 3x3 same.
   *
   * @param input the shape of an image, at least 4x4
   * @param classes the number of logits
   * @return the network, its parameters still zero
   * @throws IllegalArgumentException if the image is too small
   */
  public static Network complex(Shape input, int classes) {
    return network(
        4,
        input,
        new Conv2d(32, Window.same(3)),
        new Relu(),
        new Conv2d(32, Window.same(3)),
        new Relu(),
        new MaxPool2d(2),
        new Conv2d(64, Window.same(3)),
        new Relu(),
        new Conv2d(64, Window.same(3)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(128),
        new Relu(),
        new Dense(classes).initializer(Initializer.GLOROT_UNIFORM));
  }

  /** Says what images would do where a layer says that these do not. */
  private static Network network(int least, Shape input, Block... layers) {
    try {
      return new Network(input, layers);
    } catch (IllegalArgumentException e) {
      if (input.height() >= least && input.width() >= least) {
        throw e;
      }
      throw new IllegalArgumentException(
          e.getMessage() + "; images must be at least " + least + "x" + least, e);
    }
  }
}
