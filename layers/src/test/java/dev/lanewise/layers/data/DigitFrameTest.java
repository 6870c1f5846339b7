// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DigitFrameTest {
  private static final Shape SHAPE = Shape.of(28, 28, 1);
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
    return DigitFrame.ofInk(ink, SIDE, SIDE, SHAPE).pixels();
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
    Framed frame = DigitFrame.ofInk(new byte[SIDE * SIDE], SIDE, SIDE, SHAPE);
    assertArrayEquals(new byte[784], frame.pixels());
    assertEquals("Nothing drawn yet.", frame.note());
    Framed grey = DigitFrame.ofPicture(picture(90, 70, (y, x) -> 100 + x / 7), SHAPE);
    assertArrayEquals(new byte[784], grey.pixels());
    assertEquals("Nothing found that stands out.", grey.note());
  }

  private static Picture picture(int height, int width, IntBinaryOperator grey) {
    byte[] rgba = new byte[4 * height * width];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at += 4) {
        Arrays.fill(rgba, at, at + 3, (byte) Math.clamp(grey.applyAsInt(y, x), 0, 255));
        rgba[at + 3] = -1;
      }
    }
    return new Picture(height, width, rgba);
  }

  /** A seven: a bar and a stem, 120 high and 80 wide from (top, left) on, of a pen's width. */
  private static boolean isSeven(int y, int x, int top, int left, int pen) {
    int v = y - top;
    int u = x - left;
    boolean bar = v >= 0 && v < pen && u >= 0 && u < 80;
    int stem = 80 - pen - 40 * v / 120;
    return bar || v >= 0 && v < 120 && u >= stem && u < stem + pen;
  }

  private static byte[] seven() {
    byte[] ink = new byte[SIDE * SIDE];
    for (int i = 0; i < ink.length; i++) {
      ink[i] = isSeven(i / SIDE, i % SIDE, 90, 100, 14) ? (byte) 255 : 0;
    }
    return frame(ink);
  }

  private static void assertSeven(double most, Framed frame) {
    byte[] expected = seven();
    double off = 0;
    for (int i = 0; i < expected.length; i++) {
      off += Math.abs((expected[i] & 0xFF) - (frame.pixels()[i] & 0xFF)) / 255.0;
    }
    assertTrue(off <= most, off + " pixels differ: " + frame.note());
  }

  @Test
  void saysWhatWasDone() {
    assertEquals(
        "Ink of 50 x 100 pixels, scaled to 10 x 20, centre of mass moved to the middle of 28 x 28.",
        DigitFrame.ofInk(ink(0, 0, 100, 50), SIDE, SIDE, SHAPE).note());
    Picture large =
        picture(840, 840, (y, x) -> isSeven(y / 3, x / 3, 60, 50, 14) ? 40 : 200); // shrunk
    Framed frame = DigitFrame.ofPicture(large, SHAPE);
    assertTrue(frame.note().startsWith("Dark on light: inverted. Ink of 2"), frame.note());
    assertSeven(12, frame);
  }

  /** Where the paper is and how light falls on it makes no difference, or not much. */
  @ParameterizedTest
  @CsvSource({"200, 30", "255, 0", "120, 60", "20, 230", "60, 140", "0, 255", "180, 120"})
  void darkOnLightAndLightOnDark(int ground, int ink) {
    Framed flat =
        DigitFrame.ofPicture(
            picture(SIDE, SIDE, (y, x) -> isSeven(y, x, 40, 150, 14) ? ink : ground), SHAPE);
    assertTrue(flat.note().startsWith(ink < ground ? "Dark on light" : "Light on dark"));
    assertSeven(0, flat);
  }

  @Test
  void shadowsAndNoiseAreNoInk() {
    Random random = new Random(1);
    for (int soft : new int[] {1, 30, 300}) {
      Picture photo =
          picture(
              SIDE,
              SIDE,
              (y, x) -> {
                double light = 1 - 0.45 * Math.clamp(0.5 + (x - y + 40.0) / soft, 0, 1);
                int value = isSeven(y, x, 90, 100, 14) ? 45 : 215;
                return (int) Math.round(value * light + 5 * random.nextGaussian());
              });
      assertSeven(25, DigitFrame.ofPicture(photo, SHAPE));
    }
  }

  /** A table beside the paper, a line on it, a speck, and a drawing far away. */
  @Test
  void whatIsNotOfTheDigitIsLeftOut() {
    assertSeven(
        0,
        DigitFrame.ofPicture(
            picture(
                SIDE,
                SIDE,
                (y, x) -> {
                  boolean table = y < 14 + x / 40 || x > 272;
                  boolean line = y == 250 && x > 20 && x < 260;
                  boolean speck = y > 230 && y < 234 && x > 150 && x < 154;
                  boolean far = y > 60 && y < 70 && x > 12 && x < 40;
                  boolean seven = isSeven(y, x, 90, 100, 14);
                  return table ? 70 : line || speck || far || seven ? 40 : 220;
                }),
            SHAPE));
  }

  @Test
  void strokesThatDoNotTouchBelongTogether() {
    Framed frame =
        DigitFrame.ofPicture(
            picture(
                SIDE,
                SIDE,
                (y, x) ->
                    isSeven(y, x, 90, 100, 14) && (y < 104 || y >= 112) ? 40 : 220), // cut in two
            SHAPE);
    assertTrue(frame.note().contains("Ink of 80 x 120 pixels"), frame.note());
  }

  /** The lines of a ballpoint would all but vanish in 20 pixels. */
  @Test
  void aThinPenBecomesAsWideAsMnists() {
    double expected = Pen.width(seven(), 28, 28);
    for (int pen : new int[] {2, 5, 9, 20}) {
      byte[] pixels =
          DigitFrame.ofPicture(
                  picture(SIDE, SIDE, (y, x) -> isSeven(y, x, 90, 100, pen) ? 40 : 220), SHAPE)
              .pixels();
      double width = Pen.width(pixels, 28, 28);
      assertTrue(pen == 20 ? width > 1.2 * expected : Math.abs(width - expected) < 0.3, "" + width);
    }
  }

  /** On a transparent canvas what is behind depends on the ink. */
  @Test
  void inkOnATransparentCanvas() {
    for (int ink : new int[] {0, 255}) {
      byte[] rgba = new byte[4 * SIDE * SIDE];
      for (int i = 0; i < SIDE * SIDE; i++) {
        Arrays.fill(rgba, 4 * i, 4 * i + 3, (byte) ink);
        rgba[4 * i + 3] = isSeven(i / SIDE, i % SIDE, 90, 100, 14) ? (byte) 255 : 0;
      }
      assertSeven(0, DigitFrame.ofPicture(new Picture(SIDE, SIDE, rgba), SHAPE));
    }
  }

  @Test
  void aDigitThatFillsThePictureIsFound() {
    Picture tight = picture(122, 84, (y, x) -> isSeven(y, x, 1, 2, 14) ? 30 : 230);
    assertSeven(0, DigitFrame.ofPicture(tight, SHAPE));
    // Wider than any window, and more of it than of the ground.
    Picture thick = picture(100, 40, (y, x) -> y > 2 && y < 97 && x > 4 && x < 35 ? 230 : 30);
    Framed frame = DigitFrame.ofPicture(thick, SHAPE);
    assertTrue(frame.note().startsWith("Light on dark. Ink of 30 x 94 pixels"), frame.note());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 500", "3000, 1", "2, 3", "5, 900"})
  void everySizeIsTaken(int height, int width) {
    Picture picture = picture(height, width, (y, x) -> (y + x) % 7 == 0 ? 0 : 255);
    for (Shape shape : new Shape[] {SHAPE, Shape.of(1, 1, 1), Shape.of(9, 40, 1)}) {
      assertEquals(shape.size(), DigitFrame.ofPicture(picture, shape).pixels().length);
    }
  }
}
