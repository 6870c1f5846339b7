// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
  private static final int GREY = 0xD8D8D8;

  @TempDir Path folder;

  private BufferedImage sheet(Dataset data, int perClass) throws IOException {
    Path file = folder.resolve("sheet.png");
    ContactSheet.write(data, perClass, file);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    return ImageIO.read(file.toFile());
  }

  private static int rgb(BufferedImage sheet, int x, int y) {
    return sheet.getRGB(x, y) & 0xFFFFFF;
  }

  @Test
  void aRowForEachClassWithItsFirstImages() throws IOException {
    // Images of 1x2 pixels, enlarged 32 times: the number of the image, and white.
    byte[] pixels = {0, -1, 10, -1, 20, -1, 30, -1, 40, -1, 50, -1};
    byte[] labels = {2, 0, 2, 0, 2, 2};
    BufferedImage sheet = sheet(new ImageDataset(Shape.of(1, 2, 1), 3, pixels, labels), 3);

    int margin = 8 + 12;
    assertEquals(margin + 3 * (64 + 4), sheet.getWidth());
    assertEquals(4 + 3 * (32 + 4), sheet.getHeight());
    int[][] first = {{10, 30, -1}, {-1, -1, -1}, {0, 20, 40}};
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        int top = 4 + row * 36;
        int left = margin + column * 68;
        int value = first[row][column];
        int expected = value < 0 ? GREY : value * 0x10101;
        assertEquals(expected, rgb(sheet, left, top));
        assertEquals(expected, rgb(sheet, left + 31, top + 31));
        assertEquals(value < 0 ? GREY : 0xFFFFFF, rgb(sheet, left + 32, top));
        assertEquals(value < 0 ? GREY : 0xFFFFFF, rgb(sheet, left + 63, top + 31));
        assertEquals(GREY, rgb(sheet, left, top + 32));
      }
    }
  }

  /** Three by five squares of three pixels. */
  @Test
  void numbersStandInFrontOfTheRows() throws IOException {
    BufferedImage sheet =
        sheet(new ImageDataset(Shape.of(8, 8, 1), 2, new byte[64], new byte[1]), 1);

    StringBuilder one = new StringBuilder();
    int top = 4 + 68 + (64 - 15) / 2;
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 3; x++) {
        one.append(rgb(sheet, 4 + 3 * x + 1, top + 3 * y + 1) == 0 ? '#' : '.');
      }
      one.append('\n');
    }
    assertEquals(".#.\n##.\n.#.\n.#.\n###\n", one.toString());
  }

  @Test
  void coloursStay() throws IOException {
    byte[] pixels = {1, 2, 3};
    BufferedImage sheet = sheet(new ImageDataset(Shape.of(1, 1, 3), 1, pixels, new byte[1]), 1);

    assertEquals(0x010203, rgb(sheet, 20, 4));
  }

  @Test
  void largeImagesShrink() throws IOException {
    byte[] pixels = new byte[192 * 96];
    Arrays.fill(pixels, (byte) 77);
    BufferedImage sheet = sheet(new ImageDataset(Shape.of(192, 96, 1), 1, pixels, new byte[1]), 1);

    assertEquals(20 + 48 + 4, sheet.getWidth());
    assertEquals(4 + 96 + 4, sheet.getHeight());
    assertEquals(77 * 0x10101, rgb(sheet, 20 + 47, 4 + 95));
  }

  @Test
  void refusesWhatIsNoSheet() throws IOException {
    Path file = folder.resolve("sheet.png");
    Dataset data = new ImageDataset(Shape.of(1, 1, 1), 256, new byte[1], new byte[1]);
    assertThrows(IllegalArgumentException.class, () -> ContactSheet.write(data, 0, file));
    byte[] pixels = new byte[90_000];
    Dataset many = new ImageDataset(Shape.of(1, 1, 1), 256, pixels, new byte[90_000]);
    String said =
        assertThrows(IllegalArgumentException.class, () -> ContactSheet.write(many, 90_000, file))
            .getMessage();
    assertTrue(said.endsWith("take fewer than 90000 images of each class"), said);
    assertTrue(Files.notExists(file));
    assertThrows(
        IOException.class, () -> ContactSheet.write(data, 1, folder.resolve("no").resolve("s")));
  }
}
