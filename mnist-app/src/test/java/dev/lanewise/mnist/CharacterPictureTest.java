// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CharacterPictureTest {
  @Test
  void twoPixelsAreACharacter() {
    byte[] pixels = {
      0, 0, (byte) 255, 26,
      0, (byte) 255, (byte) 255, 26,
      100, 0, (byte) 200, 25,
    };
    assertEquals(
        List.of("  +----+", "  | =@.|", "  |- # |", "  +----+"),
        CharacterPicture.of(pixels, new Shape(3, 4, 1)));
  }

  @Test
  void coloursAreShownByTheirMean() {
    byte[] pixels = {(byte) 255, 0, 0, (byte) 255, (byte) 255, (byte) 255};
    assertEquals(
        List.of("  +--+", "  |-@|", "  +--+"), CharacterPicture.of(pixels, new Shape(1, 2, 3)));
  }

  /** Every terminal is wide enough, whatever the size of the images. */
  @Test
  void largeImagesAreDrawnSmall() {
    for (int width : new int[] {1, 28, 56, 57, 224, 1000}) {
      for (int height : new int[] {1, 28, 57, 224}) {
        byte[] pixels = new byte[height * width];
        Arrays.fill(pixels, (byte) 255);
        List<String> lines = CharacterPicture.of(pixels, new Shape(height, width, 1));
        int columns = lines.getFirst().length();
        assertTrue(columns <= 60, width + ": " + columns);
        for (String line : lines.subList(1, lines.size() - 1)) {
          assertEquals("  |" + "@".repeat(columns - 4) + "|", line);
        }
      }
    }
  }
}
