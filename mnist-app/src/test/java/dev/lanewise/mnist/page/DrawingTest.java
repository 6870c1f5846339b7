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

  private static byte[] frame(byte[] ink) {
    return DigitFrame.of(ink, SIDE, SIDE, TestSources.SHAPE).pixels();
  }

  @Test
  void aDigitFillsTheBoxOfTwentyInTheMiddle() {
    byte[] pixels = frame(ink(20, 200, 60, 12)); // 60 high: 20; 12 wide: 4
    for (int i = 0; i < pixels.length; i++) {
      int y = i / 28;
      int x = i % 28;
      boolean inside = y >= 4 && y < 24 && x >= 12 && x < 16;
      assertEquals(inside ? 255 : 0, pixels[i] & 0xFF, "row " + y + ", column " + x);
    }
  }

  @Test
  void whereADigitStandsAndHowLargeItIsDoesNotMatter() {
    byte[] small = frame(ink(3, 5, 50, 30));
    assertArrayEquals(small, frame(ink(100, 90, 50, 30)));
    assertArrayEquals(small, frame(ink(10, 10, 200, 120)));
  }

  @Test
  void theCentreOfMassIsInTheMiddle() {
    byte[] ink = ink(40, 40, 200, 200);
    byte[] light = ink(40, 40, 200, 60);
    for (int i = 0; i < ink.length; i++) { // dark on the right
      ink[i] = light[i] != 0 ? light[i] : (byte) ((ink[i] & 0xFF) / 5);
    }
    byte[] pixels = frame(ink);
    double mass = 0;
    double x = 0;
    for (int i = 0; i < pixels.length; i++) {
      mass += pixels[i] & 0xFF;
      x += (pixels[i] & 0xFF) * (i % 28 + 0.5);
    }
    assertEquals(14, x / mass, 0.5);
  }

  @Test
  void nothingStaysNothing() {
    DigitFrame frame = DigitFrame.of(new byte[SIDE * SIDE], SIDE, SIDE, TestSources.SHAPE);
    assertArrayEquals(new byte[784], frame.pixels());
    assertEquals("Nothing drawn yet.", frame.note());
  }

  @Test
  void saysWhatWasDone() {
    String note = DigitFrame.of(ink(0, 0, 100, 50), SIDE, SIDE, TestSources.SHAPE).note();
    assertEquals(
        "Ink of 50 x 100 pixels, scaled to 10 x 20, centre of mass moved to the middle of 28 x 28.",
        note);
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
