// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class DrawingTest {
  private static final int SIDE = 280;

  /** A bright rectangle. */
  private static byte[] ink(int top, int left, int height, int width) {
    byte[] ink = new byte[SIDE * SIDE];
    for (int y = top; y < top + height; y++) {
      Arrays.fill(ink, y * SIDE + left, y * SIDE + left + width, (byte) 255);
    }
    return ink;
  }

  private static Picture grey(byte[] values, int background, int foreground) {
    byte[] rgba = new byte[4 * values.length];
    for (int i = 0; i < values.length; i++) {
      int value = values[i] == 0 ? background : foreground;
      Arrays.fill(rgba, 4 * i, 4 * i + 3, (byte) value);
      rgba[4 * i + 3] = (byte) 255;
    }
    return new Picture(SIDE, SIDE, rgba);
  }

  private static Network network(Shape shape) {
    return new Network(shape, new Flatten());
  }

  @Test
  void aPictureOnPaperIsInverted() {
    byte[] ink = ink(30, 50, 100, 40);
    Network network = network(TestSources.SHAPE);
    Drawing paper = Drawing.ofPicture(grey(ink, 210, 40), network);
    Drawing dark = Drawing.ofPicture(grey(ink, 10, 230), network);
    Drawing drawn = Drawing.ofInk(ink, SIDE, SIDE, network);

    assertArrayEquals(drawn.image(), paper.image());
    assertArrayEquals(drawn.image(), dark.image());
    assertTrue(paper.note().startsWith("Dark on light: inverted. Ink of 40 x 100"), paper.note());
    assertTrue(dark.note().startsWith("Light on dark. "), dark.note());
  }

  @Test
  void aPictureOfOneColourIsNothing() {
    Network network = network(TestSources.SHAPE);
    assertArrayEquals(
        new float[784], Drawing.ofPicture(grey(new byte[SIDE * SIDE], 200, 0), network).image());
  }

  @Test
  void aNetworkForColoursGetsThem() {
    Network network = network(Shape.of(8, 8, 3));
    Drawing drawing = Drawing.ofPicture(grey(new byte[SIDE * SIDE], 51, 0), network);

    assertEquals(192, drawing.image().length);
    assertEquals(0.2f, drawing.image()[100]);
    assertEquals("A picture of 280 x 280, scaled and cut to 8 x 8.", drawing.note());
    assertEquals(192, Drawing.ofInk(ink(9, 9, 9, 9), SIDE, SIDE, network).image().length);
  }
}
