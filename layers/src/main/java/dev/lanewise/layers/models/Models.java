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

/** The two networks of the MNIST application and of the benchmarks, for images of any size. */
public final class Models {
  private Models() {}

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
