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

class PngReaderTest {
  private static final Path FILE = Path.of("picture.png");

  /** Grey 3x2 of 8 bits. */
  private static final byte[] HEADER = header(3, 2, 8, PngPixels.GREY, 0);

  private static final byte[] ROWS = {0, 1, 2, 3, 0, 4, 5, 6};
  private static final byte[] RGB = header(1, 1, 8, PngPixels.RGB, 0);
  private static final byte[] RGB_DATA = data(new byte[4]);
  private static final byte[] INDEXED = header(2, 1, 2, PngPixels.PALETTE, 0);
  private static final byte[] TWO_COLOURS =
      chunk("PLTE", (byte) 9, (byte) 8, (byte) 7, (byte) 6, (byte) 5, (byte) 4);

  @TempDir Path folder;

  private static PngImage read(byte[] png) throws IOException {
    return PngReader.read(FILE, png);
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
  void readsWhatImageIoReads(int colour, int depth, int values) throws IOException {
    Random random = new Random(31 * colour + depth);
    for (int i = 0; i < 200; i++) {
      int width = 1 + random.nextInt(20);
      int height = 1 + random.nextInt(20);
      List<byte[]> chunks = new ArrayList<>();
      chunks.add(header(width, height, depth, colour, i % 2));
      if (colour == PngPixels.PALETTE) {
        chunks.add(chunk("PLTE", bytes(3 << depth, random)));
      }
      if (i % 4 > 1 && colour == PngPixels.PALETTE) {
        chunks.add(chunk("tRNS", bytes(1 + random.nextInt(1 << depth), random)));
      }
      byte[] rows = PngWriter.randomRows(width, height, values * depth, i % 2, random);
      byte[] zlib = PngWriter.zlib(rows);
      int cut = random.nextInt(zlib.length + 1);
      chunks.add(chunk("IDAT", Arrays.copyOf(zlib, cut)));
      chunks.add(chunk("IDAT", Arrays.copyOfRange(zlib, cut, zlib.length)));
      chunks.add(end());
      byte[] png = png(chunks.toArray(byte[][]::new));
      PngImage expected = ImageIoPng.read(png);
      PngImage image = read(png);
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

  private static int[] opacities(PngImage image) {
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
    return Stream.of(
        arguments("does not begin as one", new byte[0]),
        arguments("does not begin as one", Arrays.copyOf(png(), 7)),
        arguments("does not begin as one", "P5 28 28 255\n".getBytes()),
        arguments("is truncated: it ends at byte 8,", png()),
        arguments("begins with a chunk IDAT, expected IHDR", png(data, HEADER, end())),
        arguments("begins with a chunk CgBI", png(chunk("CgBI"), HEADER, data, end())),
        arguments("a chunk IHDR of 12 bytes", png(chunk("IHDR", new byte[12]), data, end())),
        arguments("a chunk IHDR of 14 bytes", png(chunk("IHDR", new byte[14]), data, end())),
        arguments("picture of 0x2, expected sides", png(header(0, 2, 8, 0, 0), data, end())),
        arguments("picture of 3x0", png(header(3, 0, 8, 0, 0), data, end())),
        arguments("picture of 513x1", png(header(513, 1, 8, 0, 0), data, end())),
        arguments("picture of 1x513", png(header(1, 513, 8, 0, 0), data, end())),
        arguments("picture of 4294967295x1", png(header(-1, 1, 8, 0, 0), data, end())),
        arguments("colour type 0 with bit depth 3", png(header(3, 2, 3, 0, 0), data, end())),
        arguments("colour type 2 with bit depth 4", png(header(3, 2, 4, 2, 0), data, end())),
        arguments("colour type 3 with bit depth 16", png(header(3, 2, 16, 3, 0), data, end())),
        arguments("colour type 5", png(header(3, 2, 8, 5, 0), data, end())),
        arguments("interlace 2, expected", png(header(3, 2, 8, 0, 2), data, end())),
        arguments("interlace -1, expected", png(header(3, 2, 8, 0, -1), data, end())),
        arguments(
            "compression 1",
            png(chunk("IHDR", new byte[] {0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 1, 0, 0}), data, end())),
        arguments(
            "filter 1",
            png(chunk("IHDR", new byte[] {0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 1, 0}), data, end())),
        arguments("a chunk IHDR where none belongs", png(HEADER, HEADER, data, end())),
        arguments("a chunk IEND where none belongs", png(HEADER, end())),
        arguments("before a chunk IEND", png(HEADER, data)),
        arguments("a chunk IEND of 1 bytes", png(HEADER, data, chunk("IEND", (byte) 0))),
        arguments("has 1 bytes after its end", png(HEADER, data, end(), new byte[1])),
        arguments("has a chunk IDAT where", png(HEADER, data, chunk("tEXt"), data, end())),
        arguments("has a chunk IDAT where", png(INDEXED, data(new byte[2]), end())),
        arguments("has a chunk XXXX, which no reader", png(HEADER, chunk("XXXX"), data, end())),
        arguments("has a chunk a1bc, which no reader", png(HEADER, chunk("a1bc"), data, end())),
        arguments(
            "has a chunk ????, which no", png(HEADER, chunk("\n\0\u0085\u007f"), data, end())),
        arguments("a chunk PLTE where", png(HEADER, palette, data, end())),
        arguments("a chunk PLTE where", png(RGB, palette, palette, RGB_DATA, end())),
        arguments("a chunk PLTE where", png(RGB, RGB_DATA, palette, end())),
        arguments("PLTE where", png(RGB, chunk("tRNS", new byte[6]), palette, RGB_DATA, end())),
        arguments("a chunk PLTE of 0 bytes", png(INDEXED, chunk("PLTE"))),
        arguments("a chunk PLTE of 4 bytes", png(INDEXED, chunk("PLTE", new byte[4]))),
        arguments("a chunk PLTE of 15 bytes", png(INDEXED, chunk("PLTE", new byte[15]))),
        arguments("a chunk PLTE of 771 bytes", png(RGB, chunk("PLTE", new byte[771]))),
        arguments("a chunk tRNS of 1 bytes", png(HEADER, hidden)),
        arguments("a chunk tRNS of 2 bytes", png(RGB, chunk("tRNS", new byte[2]))),
        arguments("a chunk tRNS of 3 bytes", png(INDEXED, palette, chunk("tRNS", new byte[3]))),
        arguments("a chunk tRNS of 0 bytes", png(INDEXED, palette, chunk("tRNS"))),
        arguments("a chunk tRNS where", png(INDEXED, hidden)),
        arguments("a chunk tRNS where", png(INDEXED, palette, hidden, hidden)),
        arguments("a chunk tRNS where", png(RGB, RGB_DATA, chunk("tRNS", new byte[6]))),
        arguments("a chunk tRNS where", png(header(1, 1, 8, 4, 0), hidden)),
        arguments("a chunk tRNS where", png(header(1, 1, 8, 6, 0), hidden)),
        arguments(
            "a pixel of colour 2, but a palette of 2 colours",
            png(INDEXED, palette, data(new byte[] {0, 0x20}), end())),
        arguments("a row of filter 5", png(HEADER, data(0, 1, 2, 3, 5, 4, 5, 6), end())),
        arguments("a row of filter 255", png(HEADER, data(-1, 1, 2, 3, 0, 4, 5, 6), end())),
        arguments(
            "is missing pixel data: 7 bytes", png(HEADER, data(Arrays.copyOf(ROWS, 7)), end())),
        arguments("is missing pixel data: 0 bytes", png(HEADER, chunk("IDAT"), end())),
        arguments(
            "is missing pixel data: 8 bytes of it, expected 8 and the checksum",
            png(HEADER, chunk("IDAT", Arrays.copyOf(zlib, zlib.length - 1)), end())),
        arguments("more than 8 bytes", png(HEADER, data(Arrays.copyOf(ROWS, 9)), end())),
        arguments("damaged pixels", png(HEADER, chunk("IDAT", wrongSum), end())),
        arguments("damaged pixels", png(HEADER, chunk("IDAT", new byte[20]), end())),
        arguments( // a stream that needs a dictionary
            "is missing pixel data",
            png(HEADER, chunk("IDAT", new byte[] {0x78, (byte) 0xbb, 0, 0, 0, 1}), end())),
        arguments(
            "has 1 bytes after its pixels",
            png(HEADER, chunk("IDAT", Arrays.copyOf(zlib, zlib.length + 1)), end())));
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

  /** Whatever is damaged, and wherever: the file is refused. */
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
      read(whole);
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        assertThrows(DataException.class, () -> read(flipped), "bit " + bit);
      }
      for (int length = 0; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThrows(DataException.class, () -> read(part), "length " + length);
      }
    }
  }

  /** Inflated is one byte too many, and no more: damage behind it is never seen. */
  @Test
  void aBombIsNotInflated() {
    byte[] zlib = PngWriter.zlib(new byte[40_000_000]);
    zlib[zlib.length - 1]++;
    byte[] png = png(HEADER, chunk("IDAT", zlib), end());
    DataException e = assertThrows(DataException.class, () -> read(png));
    assertTrue(e.getMessage().contains("more than 8 bytes"), e.getMessage());
  }

  @Test
  void filesAreReadUpToALimit() throws IOException {
    byte[] whole = png(HEADER, data(ROWS), end());
    Path file = Files.write(folder.resolve("f"), whole);
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, PngImage.read(file).pixels(1, 0));

    int rest = (1 << 24) - whole.length - 12;
    byte[] most = png(HEADER, chunk("teXt", new byte[rest]), data(ROWS), end());
    assertEquals(1 << 24, most.length);
    assertEquals(3, PngImage.read(Files.write(file, most)).width());
    byte[] more = png(HEADER, chunk("teXt", new byte[rest + 1]), data(ROWS), end());
    DataException e =
        assertThrows(DataException.class, () -> PngImage.read(Files.write(file, more)));
    assertTrue(e.getMessage().contains("is longer than 16777216 bytes"), e.getMessage());

    assertThrows(NoSuchFileException.class, () -> PngImage.read(folder.resolve("none")));
    FileSystemException f = assertThrows(FileSystemException.class, () -> PngImage.read(folder));
    assertEquals(folder + ": is a folder, expected a PNG file", f.getMessage());
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

  private static int luma(int r, int g, int b) {
    byte[] rgba = {(byte) r, (byte) g, (byte) b, -1};
    PngImage image = new PngImage(1, 1, rgba);
    assertArrayEquals(Arrays.copyOf(rgba, 3), image.pixels(3, 77));
    return image.pixels(1, 77)[0] & 0xFF;
  }

  @Test
  void theBackgroundShowsThrough() {
    PngImage image = new PngImage(1, 3, new byte[] {0, 0, 0, 0, 10, 10, 10, 51, 9, 9, 9, -1});
    assertArrayEquals(new byte[] {0, 2, 9}, image.pixels(1, 0));
    assertArrayEquals(new byte[] {-1, (byte) 206, 9}, image.pixels(1, 255));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(2, 0));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(1, 256));
    assertThrows(IllegalArgumentException.class, () -> image.pixels(1, -1));
  }
}
