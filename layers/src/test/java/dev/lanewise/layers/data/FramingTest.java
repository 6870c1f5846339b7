// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FramingTest {
  /** As {@code resize_cases.py} makes it; grey where it has one channel. */
  private static Picture picture(int height, int width, int channels) {
    byte[] rgba = new byte[4 * height * width];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at += 4) {
        for (int c = 0; c < 3; c++) {
          int of = channels == 1 ? 0 : c;
          rgba[at + c] = (byte) (x * 37 + y * 91 + of * 53 + x * y * 7);
        }
        rgba[at + 3] = -1;
      }
    }
    return new Picture(height, width, rgba);
  }

  static List<String> recorded() throws IOException {
    try (InputStream in = FramingTest.class.getResourceAsStream("/pictures/resize.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
  }

  /** Every bit of what Pillow and torchvision make of it. */
  @ParameterizedTest
  @MethodSource("recorded")
  void sizesChangeAsInPillow(String line) {
    String[] parts = line.split(" ");
    int[] n = new int[7];
    for (int i = 1; i < 7; i++) {
      n[i] = Integer.parseInt(parts[i]);
    }
    Framing framing =
        parts[0].equals("stretch")
            ? Framing.STRETCH
            : n[1] == 0 ? Framing.CROP : Framing.crop(n[1]);
    byte[] image = framing.image(picture(n[2], n[3], n[6]), new Shape(n[4], n[5], n[6]));
    assertEquals(parts[7], HexFormat.of().formatHex(image));
  }

  /** A side far beyond all arrays is never made, only the window that is wanted. */
  @Test
  void extremeSidesNeedLittleMemory() {
    Picture column = picture(1 << 20, 1, 3);
    Shape shape = new Shape(64, 64, 3);
    assertEquals(shape.size(), Framing.CROP.image(column, shape).length);
    assertEquals(shape.size(), Framing.crop(4000).image(column, shape).length);
    assertEquals(shape.size(), Framing.STRETCH.image(column, shape).length);
    Picture row = picture(1, 1 << 20, 1);
    assertEquals(64 * 64, Framing.crop(4000).image(row, new Shape(64, 64, 1)).length);
  }

  @Test
  void thePictureOfTheRightSizeStaysAsItIs() {
    Picture picture = picture(5, 4, 3);
    byte[] pixels = picture.pixels(3, 0);
    for (Framing framing : List.of(Framing.EXACT, Framing.STRETCH)) {
      assertArrayEquals(pixels, framing.image(picture, new Shape(5, 4, 3)));
    }
  }

  @Test
  void theBackgroundShowsThroughWhatIsNotOpaque() {
    Picture clear = new Picture(1, 1, new byte[4]);
    Shape shape = new Shape(1, 1, 1);
    assertArrayEquals(new byte[] {-1}, Framing.EXACT.image(clear, shape));
    assertArrayEquals(new byte[] {9}, Framing.EXACT.background(9).image(clear, shape));
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused(
        "has a picture of 4x5, expected 5x5; a framing can stretch or crop it",
        () -> Framing.EXACT.image(picture(5, 4, 3), new Shape(5, 5, 3)));
    assertRefused(
        "pictures become images of 1 or 3 channels, not [5, 5, 2]",
        () -> Framing.CROP.image(picture(5, 4, 3), new Shape(5, 5, 2)));
    assertRefused(
        "the side to resize to must be at least those of the images [5, 9, 3], but is 8",
        () -> Framing.crop(8).requireMakes(new Shape(5, 9, 3)));
    assertRefused("the side must be at least 0, but is -1", () -> Framing.crop(-1));
    assertRefused(
        "a side is for cropping alone, but the mode is STRETCH",
        () -> new Framing(Framing.Mode.STRETCH, 5, 0));
    assertRefused(
        "the background must be from 0 to 255, but is 256", () -> Framing.CROP.background(256));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void digitsAreFoundForGreyImagesAlone() {
    Picture paper = picture(40, 30, 1);
    Framed framed = Framing.DIGIT.framed(paper, new Shape(28, 28, 1));
    assertArrayEquals(DigitFrame.ofPicture(paper, new Shape(28, 28, 1)).pixels(), framed.pixels());
    assertRefused(
        "digits become images of 1 channel, not [28, 28, 3]",
        () -> Framing.DIGIT.image(paper, new Shape(28, 28, 3)));
  }

  @Test
  void saysWhatBecameOfASize() {
    Picture picture = picture(40, 30, 3);
    Shape shape = new Shape(8, 9, 3);
    assertEquals(
        "A picture of 30 x 40, scaled and cut to 9 x 8.",
        Framing.CROP.framed(picture, shape).note());
    assertEquals(
        "A picture of 30 x 40, stretched to 9 x 8.", Framing.STRETCH.framed(picture, shape).note());
    assertEquals(
        "A picture of 30 x 40, taken as it is.",
        Framing.CROP.framed(picture, new Shape(40, 30, 3)).note());
  }
}
