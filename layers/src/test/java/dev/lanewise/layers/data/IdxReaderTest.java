package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
    ImageDataset data = IdxReader.read(images, labels, 2);
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
    assertEquals(new Shape(3, 4, 3), IdxReader.readImages(file, null).shape());
  }

  @Test
  void readsFilesLongerThanTheFirstChunk() throws IOException {
    byte[] values = ramp(13 * 512 * 512);
    Path file = IdxWriter.write(folder, "images", gzip(idx(values, 13, 512, 512)));
    assertArrayEquals(values, IdxReader.readImages(file, null).pixels());
  }

  @Test
  void readsGzipHeadersWithEveryField() throws IOException {
    Path file = IdxWriter.write(folder, "labels", withEveryField(gzip(LABELS)));
    assertArrayEquals(new byte[] {1, 0}, IdxReader.readLabels(file).numbers());
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
        arguments("type 0x0d, expected 0x08", idx(0x0d03, ramp(24), 2, 3, 4)),
        arguments("has 2 dimensions, expected 3", idx(0x0802, ramp(24), 2, 3)),
        arguments("are images and labels swapped?", LABELS),
        arguments("is truncated: its IDX header does not end", idx(0x0803, new byte[0], 2, 3)),
        arguments("dimensions [0, 3, 4]", idx(0x0803, new byte[0], 0, 3, 4)),
        arguments("dimensions [2, 0, 4]", idx(0x0803, new byte[0], 2, 0, 4)),
        arguments("dimensions [-2, 3, 4]", idx(0x0803, ramp(24), -2, 3, 4)),
        arguments("dimensions [2, -3, -4]", idx(0x0803, ramp(24), 2, -3, -4)),
        arguments("dimensions [2, 513, 4]", idx(0x0803, ramp(24), 2, 513, 4)),
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
    DataException e = assertThrows(DataException.class, () -> IdxReader.readImages(file, null));
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
        IdxReader.Images images = IdxReader.readImages(file, null);
        assertArrayEquals(ramp(2 * 3 * 4), images.pixels(), "bit " + bit);
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
            DataException.class, () -> IdxReader.readImages(file, null), "length " + length);
      }
    }
  }

  /** A member that inflates far beyond its header's promise is read one byte too far, no more. */
  @Test
  void aGzipBombIsNotInflated() throws IOException {
    byte[] content = Arrays.copyOf(IMAGES, 40_000_000);
    Path file = IdxWriter.write(folder, "images", gzip(content));
    assertThrows(DataException.class, () -> IdxReader.readImages(file, null));
    // What follows the first surplus byte was never looked at, so its damage goes unnoticed.
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length - 6] ^= 1;
    Files.write(file, damaged);
    DataException e = assertThrows(DataException.class, () -> IdxReader.readImages(file, null));
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
