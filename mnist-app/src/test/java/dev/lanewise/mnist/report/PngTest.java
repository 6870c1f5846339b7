// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngTest {
  private static BufferedImage read(String address) throws IOException {
    String start = "data:image/png;base64,";
    assertTrue(address.startsWith(start));
    return ImageIO.read(
        new ByteArrayInputStream(Base64.getDecoder().decode(address.substring(start.length()))));
  }

  private static int level(BufferedImage image, int x, int y) {
    return image.getRaster().getSample(x, y, 0);
  }

  @Test
  void greyAndColours() throws IOException {
    BufferedImage grey = read(Png.image(new float[] {0, 1, 0.5f, 0.2f}, new Shape(2, 2, 1)));
    assertEquals(255, level(grey, 1, 0));
    assertEquals(128, level(grey, 0, 1));
    BufferedImage rgb = read(Png.image(new float[] {1, 0, 0, 0, 0.5f, 1}, new Shape(1, 2, 3)));
    assertEquals(0xffff0000, rgb.getRGB(0, 0));
    assertEquals(0xff0080ff, rgb.getRGB(1, 0));
  }

  @Test
  void valuesBeyondWhiteAreSpread() throws IOException {
    BufferedImage image = read(Png.image(new float[] {-1, 0, 3}, new Shape(1, 3, 1)));
    assertEquals(0, level(image, 0, 0));
    assertEquals(64, level(image, 1, 0));
    assertEquals(255, level(image, 2, 0));
  }

  @Test
  void largeImagesBecomeSmaller() throws IOException {
    BufferedImage image = read(Png.image(new float[300 * 200], new Shape(300, 200, 1)));
    assertEquals(64, image.getHeight());
    assertEquals(42, image.getWidth());
  }

  @Test
  void mapsStandBesideEachOther() throws IOException {
    float[] values = {1, -1, 0, 0.5f, 0, 0};
    String address = Png.maps(3, 1, 2, 2, (map, y, x) -> values[2 * map + x]);
    BufferedImage maps = read(address);
    assertEquals(5, maps.getWidth());
    assertEquals(3, maps.getHeight());
    assertEquals(0xff0b57d0, maps.getRGB(0, 0));
    assertEquals(0xffb34012, maps.getRGB(1, 0));
    assertEquals(0, maps.getRGB(2, 0) >>> 24, "a gap");
    assertEquals(0xffffffff, maps.getRGB(3, 0));
    assertEquals(0, maps.getRGB(3, 2) >>> 24, "no map");
    assertEquals(0xffffffff, read(Png.maps(1, 1, 1, 1, (map, y, x) -> 0)).getRGB(0, 0));
  }

  @Test
  void filtersOfColours() throws IOException {
    float[] values = {-1, 0, 3, 2, 2, 2};
    BufferedImage filters = read(Png.colours(2, 1, 1, 2, (map, y, x) -> values[3 * map + x]));
    assertEquals(0xff0040ff, filters.getRGB(0, 0));
    assertEquals(0, filters.getRGB(1, 0) >>> 24);
    assertEquals(0xff000000, filters.getRGB(2, 0));
  }
}
