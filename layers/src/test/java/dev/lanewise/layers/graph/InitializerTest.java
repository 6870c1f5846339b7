// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Initializer.Standard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class InitializerTest {
  private static final int N = 40_000;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DIRAC") // only filters are filled by it
  void varianceAndBounds(Standard initializer) {
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
          default -> 0;
        };
    double mean = initializer == Standard.ONES ? 1 : 0;
    assertEquals(mean, sum / N, 5 * Math.sqrt(variance / N));
    assertEquals(variance, squares / N - mean * mean, 0.04 * variance);
    switch (initializer) {
      case HE_UNIFORM, GLOROT_UNIFORM -> {
        assertTrue(largest <= Math.sqrt(3 * variance));
        assertTrue(largest >= 0.999 * Math.sqrt(3 * variance));
      }
      case HE_NORMAL, GLOROT_NORMAL -> assertTrue(largest > 3.5 * Math.sqrt(variance));
      default -> assertEquals(mean, largest);
    }
    assertEquals(0f, tensor.data[0], "only the tensor's own elements");
    assertEquals(0f, tensor.data[N + 1], "only the tensor's own elements");
  }

  @ParameterizedTest
  @CsvSource({"3,3,4,10", "3,3,10,4", "5,1,3,3", "2,2,2,8"})
  void diracCopiesChannels(int kernelH, int kernelW, int channels, int outputs) {
    int rows = kernelH * kernelW * channels;
    Tensor tensor =
        new Tensor(new float[rows * outputs + 2], 1, kernelH, kernelW, channels, outputs);
    Initializer.DIRAC.fill(tensor, rows, 1, new RandomStream(1));
    double bound = 1 / Math.sqrt(rows);
    int centre = kernelH / 2 * kernelW + kernelW / 2;
    for (int row = 0; row < rows; row++) {
      for (int o = 0; o < outputs; o++) {
        float value = tensor.data[1 + row * outputs + o];
        if (o < channels) {
          assertEquals(row == centre * channels + o ? 1 : 0, value);
        } else {
          assertTrue(value != 0 && Math.abs(value) <= bound, "drawn: " + value);
        }
      }
    }
    assertEquals(0f, tensor.data[0], "only the tensor's own elements");
    assertEquals(0f, tensor.data[tensor.data.length - 1], "only the tensor's own elements");
    assertThrows(
        IllegalArgumentException.class,
        () -> Initializer.DIRAC.fill(Tensor.zeros(4, 4), 4, 4, new RandomStream(1)));
  }

  @Test
  void fansOfTheLayers() {
    Shape map = Shape.of(5, 5, 20);
    Conv2d conv = new Conv2d(30, Window.same(3)).algorithm(Algorithm.DIRECT);
    assertBound(Math.sqrt(6.0 / (9 * 20)), conv.initializer(Initializer.HE_UNIFORM), map);
    assertBound(Math.sqrt(6.0 / (9 * 50)), conv.initializer(Initializer.GLOROT_UNIFORM), map);
    Dense dense = new Dense(50).initializer(Initializer.GLOROT_UNIFORM);
    assertBound(Math.sqrt(6.0 / 150), dense, Shape.flat(100));
  }

  private static void assertBound(double bound, Layer layer, Shape input) {
    Node node = Node.alone(layer, new RandomStream(2), input);
    double largest = 0;
    for (float v : Tensors.values(node.parameters().get(0).value())) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertEquals(bound, largest, 0.005 * bound);
    for (float v : Tensors.values(node.parameters().get(1).value())) {
      assertEquals(0f, v, "bias");
    }
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsName(Standard initializer) {
    assertSame(initializer, Initializer.named(initializer.nameOr("other")));
  }

  @Test
  void namesAreThoseOfModelFiles() {
    assertEquals("he_normal", Initializer.HE_NORMAL.nameOr("other"));
    Initializer own = (fanIn, fanOut, random) -> fanIn / fanOut;
    assertEquals("other", own.nameOr("other"));
    Tensor tensor = Tensor.zeros(2);
    own.fill(tensor, 3, 4, new RandomStream(1));
    assertEquals(0.75f, tensor.data[1]);
    String message =
        assertThrows(IllegalArgumentException.class, () -> Initializer.named("HE_NORMAL"))
            .getMessage();
    assertTrue(message.contains("no initializer called 'HE_NORMAL'"), message);
  }
}
