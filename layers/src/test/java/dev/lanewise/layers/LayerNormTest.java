// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class LayerNormTest {
  static Stream<LayerNorm> layers() {
    return Stream.of(
        new LayerNorm(),
        new LayerNorm().eps(0.5).affine(false),
        LayerNorm.perPixel(),
        LayerNorm.perPixel().affine(false));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void derivesAndKeepsItsPromises(LayerNorm layer) {
    for (int seed = 1; seed <= 2; seed++) {
      new GradientCheck().seed(seed).size(3, 200).layer(layer, new Shape(3, 5, 6));
      new GradientCheck().seed(seed).size(3, 200).layer(layer, Shape.flat(9));
    }
  }

  /** Pixels 1, 3 and 5, 9: means 2 and 7, deviations 1 and 2; the image: mean 4.5, var 8.75. */
  @Test
  void valuesByHand() {
    Shape image = new Shape(1, 2, 2);
    Alone pixels = new Alone(LayerNorm.perPixel().eps(3), Mode.TRAINING, 1, image);
    Alone.set(pixels.x, 1, 3, 5, 9);
    float far = (float) (2 / Math.sqrt(7));
    assertArrayEquals(new float[] {-0.5f, 0.5f, -far, far}, pixels.forward(), 0x1p-24f);
    Alone whole = new Alone(new LayerNorm().eps(0.25), Mode.TRAINING, 1, image);
    Alone.set(whole.x, 1, 3, 5, 9);
    Alone.set(whole.node.parameters().getFirst().value(), 3, 3, 6, 6);
    Alone.set(whole.node.parameters().getLast().value(), 0, 1, 0, 0);
    assertArrayEquals(new float[] {-3.5f, -0.5f, 1, 9}, whole.forward(), 0x1p-22f);
  }

  /** Rows of many elements, and many rows: several tasks, tiles and parts. */
  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 2),
        new LayerNorm(),
        new Conv2d(16, Window.same(3)),
        LayerNorm.perPixel(),
        new Relu(),
        new LayerNorm(),
        new Conv2d(8, Window.same(3)),
        LayerNorm.perPixel().affine(false),
        new MaxPool2d(2),
        new Flatten(),
        new LayerNorm(),
        new Dense(4),
        new LayerNorm());
  }

  @ParameterizedTest
  @MethodSource("layers")
  void fusesReluAfter(LayerNorm layer) {
    for (Mode mode : Mode.values()) {
      Shape image = new Shape(2, 3, 6);
      Alone alone = new Alone(layer, mode, 3, image);
      Tensor y = Tensor.zeros(3, image);
      layer
          .newPass(new Site(alone.node, 3, alone.context, Epilogue.RELU, false))
          .forward(alone.context, new Tensor[] {alone.x}, y);
      float[] expected = alone.forward();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.max(expected[i], 0);
      }
      Tensors.assertSameBits(expected, Tensors.values(y), mode.toString());
    }
  }

  static Stream<Arguments> recorded() {
    return Stream.of(
        Arguments.of("layer-norm", new Layer[] {new LayerNorm()}),
        Arguments.of("layer-norm-eps", new Layer[] {new LayerNorm().eps(0.1)}),
        Arguments.of("layer-norm-plain", new Layer[] {new LayerNorm().affine(false)}),
        Arguments.of("layer-norm-pixel", new Layer[] {LayerNorm.perPixel()}),
        Arguments.of(
            "layer-norm-flat", new Layer[] {new Flatten(), new LayerNorm(), new Dense(4)}));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, Layer[] layers) throws IOException {
    RecordedCase.assertAgrees(name, layers);
  }

  /** As PyTorch has them: channels first. */
  @Test
  void parametersLieInFilesAsPyTorchHasThem() {
    Shape image = new Shape(2, 3, 4);
    Network whole = new Network(image, new LayerNorm());
    assertArrayEquals(new int[] {4, 2, 3}, whole.state().get("0.weight").layout().dims());
    Network pixel = new Network(image, LayerNorm.perPixel());
    assertArrayEquals(new int[] {4}, pixel.state().get("0.weight").layout().dims());
    Network flat = new Network(image, new Flatten(), new LayerNorm());
    assertArrayEquals(new int[] {24}, flat.state().get("1.weight").layout().dims());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused("eps must be positive", () -> new LayerNorm().eps(-1));
    assertRefused("eps must be positive", () -> LayerNorm.perPixel().eps(Double.NaN));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
