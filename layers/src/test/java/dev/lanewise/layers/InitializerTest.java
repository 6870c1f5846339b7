package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class InitializerTest {
  private static final int N = 40_000;

  @ParameterizedTest
  @EnumSource
  void varianceAndBounds(Initializer initializer) {
    int fanIn = 50;
    int fanOut = 150;
    Tensor tensor = new Tensor(new float[N + 2], 1, N);
    initializer.fill(tensor, fanIn, fanOut, new RandomStream(1));
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (float v : Tensors.values(tensor)) {
      sum += v;
      squares += (double) v * v;
      largest = Math.max(largest, Math.abs(v));
    }
    double variance =
        switch (initializer) {
          case HE_NORMAL, HE_UNIFORM -> 2.0 / fanIn;
          case GLOROT_NORMAL, GLOROT_UNIFORM -> 2.0 / (fanIn + fanOut);
          case ZEROS -> 0;
        };
    assertEquals(0, sum / N, 5 * Math.sqrt(variance / N));
    assertEquals(variance, squares / N, 0.04 * variance);
    switch (initializer) {
      case HE_UNIFORM, GLOROT_UNIFORM -> {
        assertTrue(largest <= Math.sqrt(3 * variance));
        assertTrue(largest >= 0.999 * Math.sqrt(3 * variance));
      }
      case HE_NORMAL, GLOROT_NORMAL -> assertTrue(largest > 3.5 * Math.sqrt(variance));
      default -> assertEquals(0, largest);
    }
    assertEquals(0f, tensor.data[0], "only the tensor's own elements");
    assertEquals(0f, tensor.data[N + 1], "only the tensor's own elements");
  }

  @Test
  void fansOfTheLayers() {
    Conv2d conv =
        new Conv2d(20, 30, Window.same(3), Initializer.HE_UNIFORM, Convolution.Algorithm.DIRECT);
    conv.initialize(new RandomStream(2));
    assertBound(Math.sqrt(6.0 / (9 * 20)), conv);
    Conv2d glorot =
        new Conv2d(
            20, 30, Window.same(3), Initializer.GLOROT_UNIFORM, Convolution.Algorithm.DIRECT);
    glorot.initialize(new RandomStream(2));
    assertBound(Math.sqrt(6.0 / (9 * 50)), glorot);
    Dense dense = new Dense(100, 50, Initializer.GLOROT_UNIFORM);
    dense.initialize(new RandomStream(2));
    assertBound(Math.sqrt(6.0 / 150), dense);
  }

  private static void assertBound(double bound, Layer layer) {
    double largest = 0;
    for (float v : Tensors.values(layer.parameters().get(0).value())) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertEquals(bound, largest, 0.005 * bound);
    for (float v : Tensors.values(layer.parameters().get(1).value())) {
      assertEquals(0f, v, "bias");
    }
  }
}
