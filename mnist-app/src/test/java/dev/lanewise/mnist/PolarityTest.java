// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PolarityTest {
  private static final Shape SHAPE = new Shape(5, 5, 1);

  /** A cross of brightness {@code ink} on {@code paper}, from the upper edge to the lower one. */
  private static byte[] cross(int ink, int paper) {
    byte[] pixels = new byte[25];
    for (int i = 0; i < 25; i++) {
      boolean inside = i % 5 == 2 || i / 5 == 2 && i % 5 % 4 != 0;
      pixels[i] = (byte) (inside ? ink : paper);
    }
    return pixels;
  }

  private static void assertSuggests(boolean expected, byte[] pixels) {
    byte[] other = pixels.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] = (byte) ~other[i];
    }
    assertEquals(expected, Polarity.suggests(other, pixels, SHAPE), Arrays.toString(pixels));
  }

  @Test
  void theEdgeIsTheBackground() {
    assertSuggests(false, cross(255, 0));
    assertSuggests(true, cross(0, 255));
    assertSuggests(false, cross(255, 180)); // in bad light
    assertSuggests(true, cross(30, 110));
  }

  @Test
  void whatShowsNothingIsLeftAlone() {
    assertSuggests(false, cross(0, 0));
    assertSuggests(false, cross(255, 255));
    assertSuggests(false, cross(120, 140));
  }

  /** On a transparent canvas the ink may vanish one way and not the other, or nearly. */
  @Test
  void whatShowsMoreIsSuggested() {
    assertEquals(true, Polarity.suggests(cross(255, 0), cross(0, 0), SHAPE));
    assertEquals(true, Polarity.suggests(cross(215, 0), cross(40, 0), SHAPE));
    assertEquals(false, Polarity.suggests(cross(155, 0), cross(100, 0), SHAPE));
    assertEquals(false, Polarity.suggests(cross(0, 0), cross(255, 0), SHAPE));
  }

  /** A picture in colours may have any background. */
  @Test
  void coloursAreLeftAlone() {
    byte[] dark = new byte[3 * 25];
    byte[] light = new byte[3 * 25];
    Arrays.fill(light, (byte) 255);
    System.arraycopy(cross(255, 0), 0, dark, 0, 25);
    System.arraycopy(cross(0, 255), 0, light, 0, 25);
    assertEquals(false, Polarity.suggests(dark, light, new Shape(5, 5, 3)));
  }
}
