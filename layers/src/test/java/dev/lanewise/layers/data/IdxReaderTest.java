// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxReaderTest {
  private static final byte[] LABELS = idx(new byte[] {1, 0}, 2);
  private static final byte[] IMAGES = idx(ramp(2 * 3 * 4), 2, 3, 4);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsPlainAndGzippedWhateverTheName(boolean zipped) throws IOException {
    Path images = IdxWriter.write(folder, "images.gz", zipped ? gzip(IMAGES) : IMAGES);
    Path labels = IdxWriter.write(folder, "labels", zipped ? gzip(LABELS) : LABELS);
    Dataset data = IdxReader.read(images, labels, 2);
    assertInstanceOf(ImageDataset.class, data, "a byte for a value");
    assertEquals(new Shape(3, 4, 1), data.shape());
    assertEquals(2, data.size());
    float[] x = new float[12];
    int[] label = new int[1];
    data.copy(new int[] {1}, 0, 1, x, 0, label, 0);
    assertEquals(0, label[0]);
    for (int i = 0; i < 12; i++) {
      assertEquals((12 + i) / 255f, x[i]);
    }
  }

  @Test
  void readsSeveralChannels() throws IOException {
    Path file = IdxWriter.write(folder, "images", idx(ramp(2 * 3 * 4 * 3), 2, 3, 4, 3));
    assertEquals(new Shape(3, 4, 3), IdxReader.readImages(file, null, IdxOptions.DEFAULT).shape());
  }

  private static byte[] values(int type, double... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length);
    for (double number : numbers) {
      switch (type) {
        case 0x08, 0x09 -> bytes.put((byte) number);
        case 0x0B -> bytes.putShort((short) number);
        case 0x0C -> bytes.putInt((int) number);
        case 0x0D -> bytes.putFloat((float) number);
        default -> bytes.putDouble(number);
      }
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private float[] pixels(byte[] images, IdxOptions options) throws IOException {
    Path file = IdxWriter.write(folder, "images", images);
    Path labels = IdxWriter.write(folder, "labels", LABELS);
    Dataset data = IdxReader.read(file, labels, 2, options);
    float[] x = new float[2 * data.shape().size()];
    data.copy(new int[] {0, 1}, 0, 2, x, 0, new int[2], 0);
    return x;
  }

  @Test
  void integersAreDividedBy255AndFloatsByNothing() throws IOException {
    float[] shades = {0, 51 / 255f, 102 / 255f, 127 / 255f};
    for (int type : new int[] {0x08, 0x09, 0x0B, 0x0C}) {
      byte[] images = idx(type << 8 | 3, values(type, 0, 51, 102, 127), 2, 1, 2);
      assertArrayEquals(shades, pixels(images, IdxOptions.DEFAULT), "type " + type);
    }
    byte[] wide = idx(0x0B03, values(0x0B, -255, 255, 510, 32767), 2, 1, 2);
    assertArrayEquals(new float[] {-1, 1, 2, 32767 / 255f}, pixels(wide, IdxOptions.DEFAULT));
    for (int type : new int[] {0x0D, 0x0E}) {
      byte[] images = idx(type << 8 | 3, values(type, 0.1, -0.25, 1, 255), 2, 1, 2);
      assertArrayEquals(
          new float[] {0.1f, -0.25f, 1, 255}, pixels(images, IdxOptions.DEFAULT), "type " + type);
    }
  }

  @Test
  void anotherWhiteIsWhatValuesAreDividedBy() throws IOException {
    byte[] floats = idx(0x0D03, values(0x0D, 0, 51, 102, 255), 2, 1, 2);
    float[] shades = {0, 51 / 255f, 102 / 255f, 1};
    assertArrayEquals(shades, pixels(floats, new IdxOptions(null, 255, false)));
    byte[] bits = idx(new byte[] {0, 1, 1, 0}, 2, 1, 2);
    assertArrayEquals(new float[] {0, 1, 1, 0}, pixels(bits, new IdxOptions(null, 1, false)));
    for (double white : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new IdxOptions(null, white, false));
    }
  }

  @Test
  void valuesThatAreNotFiniteAreNamed() throws IOException {
    for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 1e39}) {
      byte[] images = idx(0x0E03, values(0x0E, 0, 0, 0, bad), 2, 1, 2);
      DataException e = assertThrows(DataException.class, () -> pixels(images, IdxOptions.DEFAULT));
      assertTrue(
          e.getMessage().contains("not finite, or is too large, in image 1"), e.getMessage());
    }
  }

  @Test
  void rowsAreSquaresUnlessAShapeIsGiven() throws IOException {
    Path squares = IdxWriter.write(folder, "images", idx(ramp(18), 2, 9));
    assertEquals(
        new Shape(3, 3, 1), IdxReader.readImages(squares, null, IdxOptions.DEFAULT).shape());
    Path rows = IdxWriter.write(folder, "images", idx(ramp(24), 2, 12));
    Shape shape = new Shape(2, 2, 3);
    IdxOptions given = new IdxOptions(shape, 0, false);
    assertEquals(shape, IdxReader.readImages(rows, null, given).shape());
    Path channelsFirst = IdxWriter.write(folder, "images", idx(ramp(24), 2, 1, 3, 4));
    IdxOptions other = new IdxOptions(new Shape(3, 4, 1), 0, false);
    IdxReader.Images images = IdxReader.readImages(channelsFirst, null, other);
    assertEquals(new Shape(3, 4, 1), images.shape());
    assertArrayEquals(ramp(24), images.values());
    IdxOptions wrong = new IdxOptions(new Shape(3, 3, 1), 0, false);
    DataException e =
        assertThrows(DataException.class, () -> IdxReader.readImages(rows, null, wrong));
    assertTrue(
        e.getMessage().endsWith("has images of 12 values, but the image shape given is [3, 3, 1]"));
  }

  @Test
  void rowsBecomeColumns() throws IOException {
    IdxOptions transposed = new IdxOptions(null, 0, true);
    byte[] images = idx(new byte[] {0, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2, 2, 3);
    IdxReader.Images read =
        IdxReader.readImages(IdxWriter.write(folder, "images", images), null, transposed);
    assertEquals(new Shape(3, 2, 1), read.shape());
    assertArrayEquals(new byte[] {0, 1, 51, 2, 102, 3, 4, 7, 5, 8, 6, 9}, read.values());

    byte[] colours = idx(0x0C04, values(0x0C, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 1, 2, 3, 2);
    read = IdxReader.readImages(IdxWriter.write(folder, "images", colours), null, transposed);
    assertEquals(new Shape(3, 2, 2), read.shape());
    assertArrayEquals(values(0x0C, 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11), read.values());
  }

  @Test
  void labelsAreIntegersOfAnyType() throws IOException {
    for (int type : new int[] {0x08, 0x09, 0x0B, 0x0C}) {
      byte[] numbers = values(type, 5, 0, 127);
      Path one = IdxWriter.write(folder, "one", idx(type << 8 | 1, numbers, 3));
      assertArrayEquals(new int[] {5, 0, 127}, IdxReader.readLabels(one).numbers());
      Path column = IdxWriter.write(folder, "column", idx(type << 8 | 2, numbers, 3, 1));
      assertArrayEquals(new int[] {5, 0, 127}, IdxReader.readLabels(column).numbers());
    }
  }

  /** The digit, then what NIST knows of it. */
  @Test
  void theFirstColumnOfQmnistCounts() throws IOException {
    double[] rows = {7, 1, 2, 3, 4, 5, 6, 0, 2, 9, 9, 9, 9, 9, 9, 0};
    Path file = IdxWriter.write(folder, "labels", idx(0x0C02, values(0x0C, rows), 2, 8));
    assertArrayEquals(new int[] {7, 2}, IdxReader.readLabels(file).numbers());
  }

  @Test
  void moreClassesThanAByteHas() throws IOException {
    Path images = IdxWriter.write(folder, "images", IMAGES);
    Path labels = IdxWriter.write(folder, "labels", idx(0x0B01, values(0x0B, 3831, 0), 2));
    Dataset data = IdxReader.read(images, labels, 3832);
    int[] label = new int[2];
    float[] x = new float[24];
    data.copy(new int[] {0, 1}, 0, 2, x, 0, label, 0);
    assertArrayEquals(new int[] {3831, 0}, label);
    assertEquals(23 / 255f, x[23]);
    assertFault(labels, "label 0 is 3831, but must be from 0 to 3830", images, labels, 3831);
    assertFault(labels, "label 0 is 3831, but must be from 0 to 9", images, labels, 10);
  }

  static Stream<Arguments> badLabels() {
    return Stream.of(
        arguments("label 1 is -1, but must be from 0 to 65535", idx(0x0901, new byte[] {0, -1}, 2)),
        arguments("label 0 is 65536, but", idx(0x0C01, values(0x0C, 65536, 0), 2)),
        arguments("has labels in floating point", idx(0x0D01, values(0x0D, 1, 0), 2)),
        arguments("has dimensions [2, 10], expected a label for each image", idx(ramp(20), 2, 10)),
        arguments("are images and labels swapped?", IMAGES),
        arguments("is truncated", idx(0x0C01, ramp(7), 2)));
  }

  @ParameterizedTest
  @MethodSource("badLabels")
  void namesTheFaultOfBadLabels(String fault, byte[] content) throws IOException {
    Path file = IdxWriter.write(folder, "labels", content);
    DataException e = assertThrows(DataException.class, () -> IdxReader.readLabels(file));
    assertEquals(file, e.file());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void readsFilesLongerThanTheFirstChunk() throws IOException {
    byte[] values = ramp(13 * 512 * 512);
    Path file = IdxWriter.write(folder, "images", gzip(idx(values, 13, 512, 512)));
    assertArrayEquals(values, IdxReader.readImages(file, null, IdxOptions.DEFAULT).values());
  }

  @Test
  void readsGzipHeadersWithEveryField() throws IOException {
    Path file = IdxWriter.write(folder, "labels", withEveryField(gzip(LABELS)));
    assertArrayEquals(new int[] {1, 0}, IdxReader.readLabels(file).numbers());
  }

  /** The same file, with an extra field, a name, a comment and a checksum in its gzip header. */
  private static byte[] withEveryField(byte[] zipped) {
    ByteBuffer out = ByteBuffer.allocate(zipped.length + 12).order(ByteOrder.LITTLE_ENDIAN);
    out.put(zipped, 0, 10).put(3, (byte) (2 | 4 | 8 | 16));
    out.put(new byte[] {3, 0, 7, 7, 7}); // extra field
    out.put(new byte[] {'n', 0, 'c', 'c', 0}); // name, comment
    CRC32 crc = new CRC32();
    crc.update(out.array(), 0, out.position());
    return out.putShort((short) crc.getValue()).put(zipped, 10, zipped.length - 10).array();
  }

  static Stream<Arguments> badImages() {
    byte[] zipped = gzip(IMAGES);
    byte[] wrongChecksum = zipped.clone();
    wrongChecksum[zipped.length - 8] ^= 1;
    byte[] wrongSize = zipped.clone();
    wrongSize[zipped.length - 4] ^= 1;
    byte[] reserved = zipped.clone();
    reserved[3] |= 0x20;
    byte[] endlessName = Arrays.copyOf(zipped, 200_000);
    Arrays.fill(endlessName, 10, endlessName.length, (byte) 'n');
    endlessName[3] = 8;
    byte[] wrongHeader = withEveryField(zipped);
    wrongHeader[4] ^= 1; // the time
    return Stream.of(
        arguments("is damaged: reserved flags", reserved),
        arguments("is damaged: a text in the gzip header does not end", endlessName),
        arguments("is damaged: wrong checksum of the gzip header", wrongHeader),
        arguments("declares 52428800 bytes, more than", gzip(idx(ramp(20), 200, 512, 512))),
        arguments("is truncated: 0 bytes", new byte[0]),
        arguments("is truncated: 3 bytes", new byte[3]),
        arguments("begins with 0x89504e47, expected 0x00000803", idx(0x89504e47, new byte[20])),
        arguments("type 0x0a, expected 0x08", idx(0x0a03, ramp(24), 2, 3, 4)),
        arguments("it has 24 bytes after the header, expected 96", idx(0x0d03, ramp(24), 2, 3, 4)),
        arguments("has 5 dimensions, expected 3", idx(0x0805, ramp(24), 2, 3, 2, 2, 1)),
        arguments("has images of 12 values in a row, not a square", idx(0x0802, ramp(24), 2, 12)),
        arguments("are images and labels swapped?", LABELS),
        arguments("is truncated: its IDX header does not end", idx(0x0803, new byte[0], 2, 3)),
        arguments("dimensions [0, 3, 4]", idx(0x0803, new byte[0], 0, 3, 4)),
        arguments("dimensions [2, 0, 4]", idx(0x0803, new byte[0], 2, 0, 4)),
        arguments("dimensions [-2, 3, 4]", idx(0x0803, ramp(24), -2, 3, 4)),
        arguments("dimensions [2, -3, -4]", idx(0x0803, ramp(24), 2, -3, -4)),
        arguments("it has 24 bytes after the header, expected 4104", idx(ramp(24), 2, 513, 4)),
        arguments(
            "19807040573225852215912038392 bytes, but at most",
            idx(0x0e04, ramp(24), Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE / 4, 1)),
        arguments("562949953159168 bytes, but at most", idx(ramp(20), Integer.MAX_VALUE, 512, 512)),
        arguments(
            "it has 20 bytes after the header, expected 2147483632",
            idx(ramp(20), (1 << 27) - 1, 1, 16)),
        arguments("it has 23 bytes after the header, expected 24", idx(ramp(23), 2, 3, 4)),
        arguments("has bytes after its end, expected 24", idx(ramp(25), 2, 3, 4)),
        arguments("has bytes after its end, expected 24", gzip(idx(ramp(25), 2, 3, 4))),
        arguments("it has 23 bytes after the header", gzip(idx(ramp(23), 2, 3, 4))),
        arguments("is truncated", Arrays.copyOf(zipped, 6)),
        arguments("is truncated", Arrays.copyOf(zipped, zipped.length - 12)),
        arguments("is truncated", Arrays.copyOf(zipped, zipped.length - 1)),
        arguments("is damaged: bytes after the end", Arrays.copyOf(zipped, zipped.length + 1)),
        arguments("is damaged: wrong gzip checksum", wrongChecksum),
        arguments("is damaged: wrong gzip checksum", wrongSize));
  }

  @ParameterizedTest
  @MethodSource("badImages")
  void namesTheFaultOfBadImages(String fault, byte[] content) throws IOException {
    Path file = IdxWriter.write(folder, "images", content);
    DataException e =
        assertThrows(
            DataException.class, () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT));
    assertEquals(file, e.file());
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  /**
   * Every single-bit flip is refused or harmless: the pixels read are then those of the whole file.
   * Harmless are the bits that carry no content: in the header the time, the compression level, the
   * system (bytes 4 to 9) and the flag that says "text"; in the last byte of the deflate stream the
   * padding. With a checksum in the header, only the padding is left.
   */
  @Test
  void everySingleBitFlipOfAGzipFileIsNoticedOrHarmless() throws IOException {
    byte[] zipped = gzip(IMAGES);
    assertEquals(1 + 6 * 8, harmlessFlips(zipped, 0, 10));
    assertTrue(harmlessFlips(zipped, 10, zipped.length) < 8);
    byte[] checked = withEveryField(zipped);
    assertEquals(0, harmlessFlips(checked, 0, 22));
    assertTrue(harmlessFlips(checked, 22, checked.length) < 8);
  }

  private int harmlessFlips(byte[] zipped, int from, int to) throws IOException {
    int harmless = 0;
    for (int bit = 8 * from; bit < 8 * to; bit++) {
      byte[] flipped = zipped.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Path file = IdxWriter.write(folder, "images", flipped);
      try {
        IdxReader.Images images = IdxReader.readImages(file, null, IdxOptions.DEFAULT);
        assertArrayEquals(ramp(2 * 3 * 4), images.values(), "bit " + bit);
        assertEquals(new Shape(3, 4, 1), images.shape(), "bit " + bit);
        assertTrue(bit / 8 < 10 || bit / 8 == zipped.length - 9, "bit " + bit);
        harmless++;
      } catch (DataException e) {
        assertEquals(1, e.getMessage().lines().count());
      }
    }
    return harmless;
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    for (byte[] whole : new byte[][] {IMAGES, gzip(IMAGES), withEveryField(gzip(IMAGES))}) {
      for (int length = 0; length < whole.length; length++) {
        Path file = IdxWriter.write(folder, "images", Arrays.copyOf(whole, length));
        assertThrows(
            DataException.class,
            () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT),
            "length " + length);
      }
    }
  }

  /** A member that inflates far beyond its header's promise is read one byte too far, no more. */
  @Test
  void aGzipBombIsNotInflated() throws IOException {
    byte[] content = Arrays.copyOf(IMAGES, 40_000_000);
    Path file = IdxWriter.write(folder, "images", gzip(content));
    assertThrows(DataException.class, () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT));
    // What follows the first surplus byte was never looked at, so its damage goes unnoticed.
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length - 6] ^= 1;
    Files.write(file, damaged);
    DataException e =
        assertThrows(
            DataException.class, () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT));
    assertTrue(e.getMessage().contains("bytes after its end"), e.getMessage());
  }

  @Test
  void labelsAreChecked() throws IOException {
    Path images = IdxWriter.write(folder, "images", IMAGES);
    Path labels = IdxWriter.write(folder, "labels", LABELS);
    assertFault(labels, "label 0 is 1, but must be from 0 to 0", images, labels, 1);
    assertFault(images, "are images and labels swapped?", labels, images, 2);
    Path three = IdxWriter.write(folder, "three", idx(new byte[3], 3));
    assertFault(three, "holds 3 labels, but " + images + " holds 2 images", images, three, 2);
    assertThrows(
        NoSuchFileException.class, () -> IdxReader.read(images, folder.resolve("none"), 2));
  }

  private void assertFault(Path at, String fault, Path images, Path labels, int classes) {
    DataException e =
        assertThrows(
            DataException.class,
            () -> {
              // Read in the order that reports the labels' faults first.
              IdxReader.readLabels(labels);
              IdxReader.read(images, labels, classes);
            });
    assertEquals(at, e.file());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
  }
}
