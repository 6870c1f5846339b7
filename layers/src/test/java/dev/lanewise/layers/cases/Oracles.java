// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Shape;
import java.util.function.Function;

/** Oracles for whatever comes in, to be chained. */
public final class Oracles {
  private Oracles() {}

  public static Function<Shape, Oracle> conv(int channels, Window window, Algorithm algorithm) {
    return in -> Conv2dCase.oracle(in, channels, window, algorithm);
  }

  public static Function<Shape, Oracle> dense(int features) {
    return in -> DenseCase.oracle(in.channels(), features);
  }

  public static Function<Shape, Oracle> flatten() {
    return FlattenCase.Flattened::new;
  }

  public static Function<Shape, Oracle> maxPool(Window window) {
    return in -> MaxPool2dCase.oracle(in, window);
  }

  public static Function<Shape, Oracle> relu() {
    return ReluCase.Rectified::new;
  }
}
