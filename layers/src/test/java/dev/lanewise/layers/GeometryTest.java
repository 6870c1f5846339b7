// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Pad2d}, {@link Crop2d} and {@link Upsample2d}. */
final class GeometryTest {
  private static final Shape IN = Shape.of(3, 4, 2);

  static Stream<Arguments> recorded() {
    Pad2d pad = new Pad2d(1, 0, 2, 3);
    return Stream.of(
        Arguments.of("pad-zeros", pad),
        Arguments.of("pad-constant", pad.constant(-0.75)),
        Arguments.of("pad-reflect", pad.reflect()),
        Arguments.of("pad-replicate", pad.replicate()),
        Arguments.of("crop", new Crop2d(1, 0, 2, 1)),
        Arguments.of("upsample-nearest", new Upsample2d(2)),
        Arguments.of("upsample-nearest-scale", new Upsample2d(1.7, 2.5)),
        Arguments.of("upsample-nearest-size", Upsample2d.to(5, 3)),
        Arguments.of("upsample-bilinear", new Upsample2d(2).bilinear()),
        Arguments.of("upsample-bilinear-scale", new Upsample2d(1.7, 0.6).bilinear()),
        Arguments.of("upsample-bilinear-size", Upsample2d.to(7, 3).bilinear()),
        Arguments.of("upsample-aligned", new Upsample2d(2).bilinearAligned()),
        Arguments.of("upsample-aligned-size", Upsample2d.to(7, 1).bilinearAligned()));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, Layer layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }

  @Test
  void valuesByHand() {
    Alone reflected = row(new Pad2d(0, 0, 2, 1).reflect());
    assertArrayEquals(new float[] {3, 2, 1, 2, 3, 2}, reflected.forward());
    assertArrayEquals(new float[] {4, 2 + 8 + 32, 1 + 16}, reflected.backward());
    Alone replicated = row(new Pad2d(0, 0, 2, 1).replicate());
    assertArrayEquals(new float[] {1, 1, 1, 2, 3, 3}, replicated.forward());
    Alone padded = row(new Pad2d(0, 0, 2, 1).constant(7));
    assertArrayEquals(new float[] {7, 7, 1, 2, 3, 7}, padded.forward());
    assertArrayEquals(new float[] {4, 8, 16}, padded.backward());
    Alone doubled = row(Upsample2d.to(1, 6).bilinear());
    assertArrayEquals(new float[] {1, 1.25f, 1.75f, 2.25f, 2.75f, 3}, doubled.forward());
    Alone aligned = row(Upsample2d.to(1, 5).bilinearAligned());
    assertArrayEquals(new float[] {1, 1.5f, 2, 2.5f, 3}, aligned.forward());
    assertArrayEquals(new float[] {2, 1 + 4 + 4, 4 + 16}, aligned.backward());
  }

  private static Alone row(Layer layer) {
    Alone alone = new Alone(layer, Mode.TRAINING, 1, Shape.of(1, 3, 1));
    Alone.set(alone.x, 1, 2, 3);
    Alone.set(alone.dy, Arrays.copyOf(new float[] {1, 2, 4, 8, 16, 32}, alone.dy.size()));
    return alone;
  }

  /** Values that are only moved keep their bits. */
  @Test
  void copiesKeepNaNAndZeros() {
    float nan = Float.intBitsToFloat(0x7fc01234);
    for (Layer layer : List.of(new Pad2d(1), new Upsample2d(2), new Crop2d(0), new Pad2d(0))) {
      Alone alone = new Alone(layer, Mode.INFERENCE, 1, Shape.of(1, 2, 1));
      Alone.set(alone.x, nan, -0f);
      int[] bits = new int[alone.y.size()];
      float[] y = alone.forward();
      Arrays.setAll(bits, i -> Float.floatToRawIntBits(y[i]));
      assertTrue(Arrays.stream(bits).anyMatch(b -> b == 0x7fc01234), layer + " loses a NaN");
      assertTrue(Arrays.stream(bits).anyMatch(b -> b == 0x80000000), layer + " loses -0.0");
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused("must not be negative (Crop2d", () -> new Pad2d(0, -1, 0, 0));
    assertRefused("must not be negative (Pad2d", () -> new Crop2d(-1));
    assertRefused("finite value, not NaN", () -> new Pad2d(1).constant(Double.NaN));
    assertRefused(
        "reflection of 3 rows needs an input of more rows than that, but it has 3",
        () -> new Pad2d(3, 0, 0, 0).reflect().outputShape(IN));
    assertRefused("reflection of 4 columns", () -> new Pad2d(0, 0, 0, 4).reflect().outputShape(IN));
    assertEquals(Shape.of(5, 7, 2), new Pad2d(2, 0, 3, 0).reflect().outputShape(IN));
    int huge = Integer.MAX_VALUE;
    assertRefused("is too large", () -> new Pad2d(huge, huge, 0, 0).outputShape(IN));
    assertRefused(
        "cropping 2 + 1 of 3 rows leaves none", () -> new Crop2d(2, 1, 0, 0).outputShape(IN));
    assertRefused("of 4 columns", () -> new Crop2d(0, 0, huge, huge).outputShape(IN));
    assertRefused("positive output size, not 2x0", () -> Upsample2d.to(2, 0));
    assertRefused("positive and finite, but is 0.0", () -> new Upsample2d(0));
    assertRefused("positive and finite, but is NaN", () -> new Upsample2d(1, Double.NaN));
    assertRefused("by 0.3 leaves no map", () -> new Upsample2d(1, 0.3).outputShape(Shape.flat(2)));
    assertRefused("by 1.0E99 leaves no map", () -> new Upsample2d(1e99).outputShape(IN));
  }

  @Test
  void unknownAttributesAreRefused() {
    Description pad = new Pad2d(1).description().with("mode", "mirror");
    assertRefused("[constant, reflect, replicate], but is mirror", () -> Pad2d.of(pad));
    Description up = new Upsample2d(2).description().with("mode", "cubic");
    assertRefused("nearest or bilinear, but is cubic", () -> Upsample2d.of(up));
    Description depth = new StochasticDepth(0.5).description().with("mode", "pixel");
    assertRefused("row or batch, but is pixel", () -> StochasticDepth.of(depth));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
