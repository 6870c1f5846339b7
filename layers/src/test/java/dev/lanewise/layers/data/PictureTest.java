// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.PngWriter.chunk;
import static dev.lanewise.layers.data.PngWriter.data;
import static dev.lanewise.layers.data.PngWriter.end;
import static dev.lanewise.layers.data.PngWriter.header;
import static dev.lanewise.layers.data.PngWriter.png;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PictureTest {
  private static final Path FILE = Path.of("picture.png");

  /** Grey 3x2 of 8 bits. */
  private static final byte[] HEADER = header(3, 2, 8, PngPixels.GREY, 0);

  private static final byte[] ROWS = {0, 1, 2, 3, 0, 4, 5, 6};
  private static final byte[] RGB = header(1, 1, 8, PngPixels.RGB, 0);
  private static final byte[] RGB_DATA = data(new byte[4]);
  private static final byte[] INDEXED = header(2, 1, 2, PngPixels.PALETTE, 0);
  private static final byte[] TWO_COLOURS =
      chunk("PLTE", (byte) 9, (byte) 8, (byte) 7, (byte) 6, (byte) 5, (byte) 4);

  private static final int MAX = Integer.MAX_VALUE;

  @TempDir Path folder;

  private static Picture read(byte[] png) throws IOException {
    return PictureFile.of(FILE, png).decode();
  }

  /** Every colour type, depth, filter and pass, with random values. */
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "0, 2, 1",
    "0, 4, 1",
    "0, 8, 1",
    "0, 16, 1",
    "2, 8, 3",
    "2, 16, 3",
    "3, 1, 1",
    "3, 2, 1",
    "3, 4, 1",
    "3, 8, 1",
    "4, 8, 2",
    "4, 16, 2",
    "6, 8, 4",
    "6, 16, 4"
  })
  void readsWhatTheSpecificationSays(int colour, int depth, int values) throws IOException {
    Random random = new Random(31 * colour + depth);
    for (int i = 0; i < 200; i++) {
      int width = 1 + random.nextInt(20);
      int height = 1 + random.nextInt(20);
      List<byte[]> chunks = new ArrayList<>();
      chunks.add(header(width, height, depth, colour, i % 2));
      byte[] palette = null;
      byte[] transparent = null;
      if (colour == PngPixels.PALETTE) {
        palette = bytes(3 << depth, random);
        chunks.add(chunk("PLTE", palette));
      }
      if (i % 4 > 1 && colour == PngPixels.PALETTE) {
        transparent = bytes(1 + random.nextInt(1 << depth), random);
        chunks.add(chunk("tRNS", transparent));
      }
      byte[] rows = PngWriter.randomRows(width, height, values * depth, i % 2, random);
      byte[] zlib = PngWriter.zlib(rows);
      int cut = random.nextInt(zlib.length + 1);
      chunks.add(chunk("IDAT", Arrays.copyOf(zlib, cut)));
      chunks.add(chunk("IDAT", Arrays.copyOfRange(zlib, cut, zlib.length)));
      chunks.add(end());
      byte[] png = png(chunks.toArray(byte[][]::new));
      Picture expected =
          new PngPixels(width, height, depth, colour, i % 2 == 1)
              .image(FILE, rows, palette, transparent);
      Picture image = read(png);
      assertEquals(width, image.width());
      assertEquals(height, image.height());
      assertArrayEquals(expected.rgba(), image.rgba(), width + "x" + height + ", " + i);
    }
  }

  private static byte[] bytes(int count, Random random) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void oneColourMayBeTransparent() throws IOException {
    byte[] grey = png(HEADER, chunk("tRNS", (byte) 0, (byte) 5), data(ROWS), end());
    assertArrayEquals(new int[] {255, 255, 255, 255, 0, 255}, opacities(read(grey)));
    byte[] deep =
        png(
            header(2, 1, 16, PngPixels.GREY, 0),
            chunk("tRNS", (byte) 1, (byte) 2),
            data(new byte[] {0, 1, 2, 1, 3}),
            end());
    assertArrayEquals(new int[] {0, 255}, opacities(read(deep)));
    byte[] colours =
        png(
            header(2, 1, 8, PngPixels.RGB, 0),
            chunk("tRNS", new byte[] {0, 1, 0, 2, 0, 3}),
            data(new byte[] {0, 1, 2, 3, 1, 2, 4}),
            end());
    assertArrayEquals(new int[] {0, 255}, opacities(read(colours)));
    byte[] bits =
        png(
            header(2, 1, 1, PngPixels.GREY, 0),
            chunk("tRNS", (byte) -1, (byte) -1), // only the last bit counts
            data(new byte[] {0, 0x40}),
            end());
    assertArrayEquals(new int[] {255, 0}, opacities(read(bits)));
  }

  @Test
  void aColourThatThePaletteDoesNotHaveIsItsLast() throws IOException {
    byte[] png = png(INDEXED, TWO_COLOURS, data(new byte[] {0, 0x20}), end());
    assertArrayEquals(new byte[] {9, 8, 7, 6, 5, 4}, read(png).pixels(3, 0));
    assertArrayEquals(new int[] {255, 255}, opacities(read(png)));
  }

  private static int[] opacities(Picture image) {
    int[] opacities = new int[image.rgba().length / 4];
    for (int i = 0; i < opacities.length; i++) {
      opacities[i] = image.rgba()[4 * i + 3] & 0xFF;
    }
    return opacities;
  }

  @Test
  void whatElseAFileHoldsIsSkippedUnread() throws IOException {
    byte[] text = chunk("zTXt", "k\0\0no zlib stream at all".getBytes());
    byte[] profile = chunk("iCCP", "k\0\0none either".getBytes());
    byte[] png = png(HEADER, profile, text, data(ROWS), text, end());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, read(png).pixels(1, 0));
  }

  static Stream<Arguments> badFiles() {
    byte[] data = data(ROWS);
    byte[] zlib = PngWriter.zlib(ROWS);
    byte[] wrongSum = zlib.clone();
    wrongSum[zlib.length - 1]++;
    byte[] palette = TWO_COLOURS;
    byte[] hidden = chunk("tRNS", (byte) 1);
    byte[] indexedData = data(new byte[2]);
    return Stream.of(
        arguments("is empty, expected a PNG, JPEG, BMP or GIF file", new byte[0]),
        arguments("does not begin as a PNG", Arrays.copyOf(png(), 7)),
        arguments("is truncated: it ends at byte 8,", png()),
        arguments("begins with a chunk IDAT, expected IHDR", png(data, HEADER, end())),
        arguments("begins with a chunk CgBI", png(chunk("CgBI"), HEADER, data, end())),
        arguments("a chunk IHDR of 12 bytes", png(chunk("IHDR", new byte[12]), data, end())),
        arguments("a chunk IHDR of 14 bytes", png(chunk("IHDR", new byte[14]), data, end())),
        arguments("picture of 0x2, expected sides", png(header(0, 2, 8, 0, 0), data, end())),
        arguments("picture of 3x0", png(header(3, 0, 8, 0, 0), data, end())),
        arguments(
            "picture of 4097x4096, expected at most 16777216 pixels",
            png(header(4097, 4096, 8, 0, 0), data, end())),
        arguments("picture of 100000x100000", png(header(100_000, 100_000, 8, 6, 1), data, end())),
        arguments("of 2147483647x2147483647", png(header(MAX, MAX, 16, 6, 0), data, end())),
        arguments("picture of 4294967295x1", png(header(-1, 1, 8, 0, 0), data, end())),
        arguments("Bit depth must be 1, 2", png(header(3, 2, 3, 0, 0), data, end())),
        arguments("Bad color type/bit depth", png(header(3, 2, 4, 2, 0), data, end())),
        arguments("Bad color type/bit depth", png(header(3, 2, 16, 3, 0), palette, data, end())),
        arguments("Color type must be", png(header(3, 2, 8, 5, 0), data, end())),
        arguments("Unknown interlace method", png(header(3, 2, 8, 0, 2), data, end())),
        arguments("Unknown interlace method", png(header(3, 2, 8, 0, -1), data, end())),
        arguments(
            "Unknown compression method",
            png(chunk("IHDR", new byte[] {0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 1, 0, 0}), data, end())),
        arguments(
            "Unknown filter method",
            png(chunk("IHDR", new byte[] {0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 1, 0}), data, end())),
        arguments("a chunk IHDR where none belongs", png(HEADER, HEADER, data, end())),
        arguments("a chunk IEND where none belongs", png(HEADER, end())),
        arguments("before a chunk IEND", png(HEADER, data)),
        arguments("has a chunk IDAT where", png(HEADER, data, chunk("tEXt"), data, end())),
        arguments("has a chunk IDAT where", png(INDEXED, indexedData, end())),
        arguments("has a chunk XXXX, which no reader", png(HEADER, chunk("XXXX"), data, end())),
        arguments(
            "has a chunk ????, which no", png(HEADER, chunk("\n\0\u0085\u007f"), data, end())),
        arguments("a chunk PLTE where", png(RGB, palette, palette, RGB_DATA, end())),
        arguments("a chunk PLTE where", png(RGB, RGB_DATA, palette, end())),
        arguments("a chunk PLTE where", png(INDEXED, chunk("PLTE"), indexedData, end())),
        arguments(
            "a chunk PLTE where", png(INDEXED, chunk("PLTE", new byte[4]), indexedData, end())),
        arguments("PNG file", png(INDEXED, chunk("PLTE", new byte[771]), indexedData, end())),
        arguments("a chunk tRNS where", png(HEADER, hidden)),
        arguments("a chunk tRNS where", png(RGB, chunk("tRNS", new byte[2]))),
        arguments(
            "PNG file", png(INDEXED, palette, chunk("tRNS", new byte[3]), indexedData, end())),
        arguments("a chunk tRNS where", png(INDEXED, hidden)),
        arguments("a chunk tRNS where", png(INDEXED, palette, hidden, hidden)),
        arguments("a chunk tRNS where", png(RGB, RGB_DATA, chunk("tRNS", new byte[6]))),
        arguments("a chunk tRNS where", png(header(1, 1, 8, 4, 0), hidden)),
        arguments("a chunk tRNS where", png(header(1, 1, 8, 6, 0), hidden)),
        arguments("Unknown row filter type", png(HEADER, data(0, 1, 2, 3, 5, 4, 5, 6), end())),
        arguments("Unknown row filter type", png(HEADER, data(-1, 1, 2, 3, 0, 4, 5, 6), end())),
        arguments("its pixels end early", png(HEADER, data(Arrays.copyOf(ROWS, 7)), end())),
        arguments("a chunk IEND where", png(HEADER, chunk("IDAT"), end())),
        arguments(
            "its pixels end early",
            png(HEADER, chunk("IDAT", Arrays.copyOf(zlib, zlib.length / 2)), end())),
        arguments("PNG file: ", png(HEADER, chunk("IDAT", new byte[20]), end())),
        arguments("incorrect data check", png(HEADER, chunk("IDAT", wrongSum), end())),
        arguments( // a stream that needs a dictionary
            "PNG file: ",
            png(HEADER, chunk("IDAT", new byte[] {0x78, (byte) 0xbb, 0, 0, 0, 1}), end())));
  }

  /** What is not seen, or warned of, since it leaves the pixels whole. */
  static Stream<Arguments> overlookedFaults() {
    byte[] data = data(ROWS);
    byte[] zlib = PngWriter.zlib(ROWS);
    byte[] text = chunk("tEXt", "k\0v".getBytes());
    text[text.length - 1]++;
    return Stream.of(
        arguments("has 1 bytes after its end", png(HEADER, data, end(), new byte[1])),
        arguments("has 99 bytes after its end", png(HEADER, data, end(), new byte[99])),
        arguments("has a damaged chunk tEXt", png(HEADER, text, data, end())),
        arguments("has a damaged chunk tEXt", png(HEADER, data, text, end())),
        arguments("", png(HEADER, data, chunk("IEND", (byte) 0))),
        arguments("", png(HEADER, chunk("a1bc"), data, end())),
        arguments("", png(HEADER, TWO_COLOURS, data, end())),
        arguments("", png(HEADER, data(Arrays.copyOf(ROWS, 9)), end())),
        arguments("", png(HEADER, chunk("IDAT", Arrays.copyOf(zlib, zlib.length - 1)), end())),
        arguments("", png(HEADER, chunk("IDAT", Arrays.copyOf(zlib, zlib.length + 1)), end())));
  }

  @ParameterizedTest
  @MethodSource("overlookedFaults")
  void readsWholePixelsWithAWarning(String warning, byte[] png) throws IOException {
    PictureFile file = PictureFile.of(FILE, png);
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, file.decode().pixels(1, 0));
    assertEquals(warning.isEmpty() ? 0 : 1, file.warnings().size(), file.warnings().toString());
    assertTrue(warning.isEmpty() || file.warnings().getFirst().startsWith(warning));
  }

  private static byte[] data(int... rows) {
    byte[] bytes = new byte[rows.length];
    for (int i = 0; i < rows.length; i++) {
      bytes[i] = (byte) rows[i];
    }
    return PngWriter.data(bytes);
  }

  private static byte[] data(byte[] rows) {
    return PngWriter.data(rows);
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void namesTheFaultOfBadFiles(String fault, byte[] png) {
    DataException e = assertThrows(DataException.class, () -> read(png));
    assertEquals(FILE, e.file());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  /** A flip is refused, or is in a text and leaves the pixels as they were, with a warning. */
  @Test
  void everySingleBitFlipAndEveryTruncationIsNoticed() throws IOException {
    byte[] interlaced = PngWriter.randomRows(3, 3, 2, 1, new Random(1));
    for (byte[] whole :
        List.of(
            png(HEADER, data(ROWS), end()),
            png(
                header(3, 3, 2, PngPixels.PALETTE, 1),
                chunk("gAMA", new byte[4]),
                chunk("PLTE", new byte[12]),
                chunk("tRNS", new byte[2]),
                chunk("tEXt", "k\0v".getBytes()),
                data(interlaced),
                end()))) {
      byte[] pixels = read(whole).rgba();
      assertEquals(List.of(), PictureFile.of(FILE, whole).warnings());
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        try {
          PictureFile file = PictureFile.of(FILE, flipped);
          assertEquals(1, file.warnings().size(), "bit " + bit);
          assertArrayEquals(pixels, file.decode().rgba(), "bit " + bit);
        } catch (DataException e) {
          assertEquals(1, e.getMessage().lines().count());
        }
      }
      assertEveryTruncationIsNoticed(whole);
    }
  }

  private static void assertEveryTruncationIsNoticed(byte[] whole) {
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(DataException.class, () -> read(part), "length " + length);
    }
  }

  @Test
  void aBombIsNotInflated() {
    byte[] zlib = PngWriter.zlib(new byte[40_000_000]);
    byte[] png = png(HEADER, chunk("IDAT", zlib), end());
    DataException e = assertThrows(DataException.class, () -> read(png));
    assertTrue(e.getMessage().contains("far more than 3x2 of them can need"), e.getMessage());
  }

  @Test
  void filesAreReadUpToALimit() throws IOException {
    byte[] whole = png(HEADER, data(ROWS), end());
    Path file = Files.write(folder.resolve("f"), whole);
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, Picture.read(file).pixels(1, 0));

    int rest = (1 << 24) - whole.length - 12;
    byte[] most = png(HEADER, chunk("teXt", new byte[rest]), data(ROWS), end());
    assertEquals(1 << 24, most.length);
    assertEquals(3, Picture.read(Files.write(file, most)).width());
    byte[] more = png(HEADER, chunk("teXt", new byte[rest + 1]), data(ROWS), end());
    DataException e =
        assertThrows(DataException.class, () -> Picture.read(Files.write(file, more)));
    assertTrue(e.getMessage().contains("is longer than 16777216 bytes"), e.getMessage());

    assertThrows(NoSuchFileException.class, () -> Picture.read(folder.resolve("none")));
    FileSystemException f = assertThrows(FileSystemException.class, () -> Picture.read(folder));
    assertEquals(folder + ": is a folder, expected a picture", f.getMessage());
  }

  /** Some values of Pillow 12's {@code convert("L")}, and for many colours the rounded sum. */
  @Test
  void brightnessIsTheLumaOfItsColours() {
    assertEquals(
        List.of(76, 150, 29, 255),
        List.of(luma(255, 0, 0), luma(0, 255, 0), luma(0, 0, 255), luma(255, 255, 255)));
    assertEquals(
        List.of(128, 46, 226),
        List.of(luma(128, 128, 128), luma(0x12, 0x34, 0x56), luma(0xFE, 0xDC, 0xBA)));
    for (int r = 0; r < 256; r += 5) {
      for (int g = 0; g < 256; g += 5) {
        for (int b = 0; b < 256; b += 5) {
          assertEquals(0.299 * r + 0.587 * g + 0.114 * b, luma(r, g, b), 0.502);
        }
      }
    }
  }

  @Test
  void aPictureHasFourValuesForEachPixel() {
    for (int[] sides : new int[][] {{2, 2}, {3, 1}, {0, 3}, {-1, -3}, {1 << 16, 1 << 14}}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new Picture(sides[0], sides[1], new byte[sides[0] == 0 ? 0 : 15]))
              .getMessage();
      assertTrue(message.contains(sides[1] + "x" + sides[0] + " pixels have"), message);
    }
  }

  @Test
  void aFileInMemoryIsReadAsOneOnTheDisk() throws IOException {
    byte[] png = png(HEADER, data(ROWS), end());
    Picture read = Picture.read(Files.write(folder.resolve("some"), png));
    assertArrayEquals(read.rgba(), PictureFile.of(png).decode().rgba());
    DataException e = assertThrows(DataException.class, () -> PictureFile.of(new byte[0]));
    assertEquals("picture: is empty, expected a PNG, JPEG, BMP or GIF file", e.getMessage());
  }

  private static int luma(int r, int g, int b) {
    byte[] rgba = {(byte) r, (byte) g, (byte) b, -1};
    Picture image = new Picture(1, 1, rgba);
    assertArrayEquals(Arrays.copyOf(rgba, 3), image.pixels(3, 77));
    return image.pixels(1, 77)[0] & 0xFF;
  }

  @Test
  void theBackgroundShowsThrough() {
    Picture image = new Picture(1, 3, new byte[] {0, 0, 0, 0, 10, 10, 10, 51, 9, 9, 9, -1});
    assertArrayEquals(new byte[] {0, 2, 9}, image.pixels(1, 0));
    assertArrayEquals(new byte[] {-1, (byte) 206, 9}, image.pixels(1, 255));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(2, 0));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(1, 256));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(1, -1));
  }
}
