// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConvTranspose2dTest {
  private static final Window PADDED = Window.valid(3).stride(2).padding(1, 1, 1, 1);

  static Stream<Arguments> recorded() {
    return Stream.of(
        Arguments.of("conv-transpose", new ConvTranspose2d(2, Window.valid(3))),
        Arguments.of("conv-transpose-strided", new ConvTranspose2d(4, PADDED).outputPadding(1, 1)),
        Arguments.of(
            "conv-transpose-groups",
            new ConvTranspose2d(6, Window.valid(2).stride(2)).groups(2).bias(false)),
        Arguments.of(
            "conv-transpose-oblong",
            new ConvTranspose2d(
                    3, Window.valid(3, 2).stride(2, 1).dilation(1, 2).padding(0, 0, 1, 1))
                .outputPadding(1, 0)));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, ConvTranspose2d layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }

  @Test
  void badNumbersAreRefused() {
    ConvTranspose2d layer = new ConvTranspose2d(6, PADDED);
    assertRefused("positive number of channels, not 0", () -> new ConvTranspose2d(0, PADDED));
    assertRefused("6 output channels needs a positive number of groups", () -> layer.groups(4));
    assertRefused("must be from 0 to 1, but is 2", () -> layer.outputPadding(0, 2));
    assertRefused("must be from 0 to 1, but is -1", () -> layer.outputPadding(-1, 0));
    assertRefused(
        "same padding must be from 0 to 0, but is 1",
        () -> new ConvTranspose2d(6, Window.same(3).stride(2)).outputPadding(1, 1));
    assertRefused(
        "would have a height of -1",
        () ->
            new ConvTranspose2d(1, Window.valid(1).padding(1, 1, 0, 0))
                .outputShape(Shape.of(1, 1, 1)));
    assertRefused(
        "2 groups must divide the channels", () -> layer.groups(2).outputShape(Shape.of(4, 4, 3)));
  }

  /** A dilation allows more than the stride, where the padding leaves room. */
  @Test
  void outputPaddingUpToTheDilation() {
    Window dilated = Window.valid(2).dilation(3, 3);
    assertEquals(
        Shape.of(7, 7, 1),
        new ConvTranspose2d(1, dilated.padding(1, 2, 2, 1))
            .outputPadding(2, 1)
            .outputShape(Shape.of(5, 6, 1)));
    assertRefused(
        "must be from 0 to 0, but is 1", () -> new ConvTranspose2d(1, dilated).outputPadding(1, 1));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
