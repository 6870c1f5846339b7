package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lanewise.layers.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
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
    data.copy(new int[] {1}, 0, 1, x, 0, label);
    assertEquals(0, label[0]);
    for (int i = 0; i < 12; i++) {
      assertEquals((12 + i) / 255f, x[i]);
    }
  }

  @Test
  void readsSeveralChannels() throws IOException {
    Path file = IdxWriter.write(folder, "images", idx(ramp(2 * 3 * 4 * 3), 2, 3, 4, 3));
    assertEquals(new Shape(3, 4, 3), IdxReader.readImages(file).shape());
  }

  @Test
  void readsFilesLongerThanTheFirstChunk() throws IOException {
    byte[] values = ramp(13 * 512 * 512);
    Path file = IdxWriter.write(folder, "images", gzip(idx(values, 13, 512, 512)));
    assertArrayEquals(values, IdxReader.readImages(file).pixels());
  }

  @Test
  void readsGzipHeadersWithEveryField() throws IOException {
    byte[] plain = gzip(LABELS);
    ByteBuffer zipped = ByteBuffer.allocate(plain.length + 20);
    zipped.put(plain, 0, 10).put(3, (byte) (2 | 4 | 8 | 16));
    zipped.put(new byte[] {3, 0, 7, 7, 7}); // extra field
    zipped.put(new byte[] {'n', 0, 'c', 'c', 0}); // name, comment
    zipped.put(new byte[] {9, 9}); // checksum of the header
    zipped.put(plain, 10, plain.length - 10);
    byte[] content = Arrays.copyOf(zipped.array(), zipped.position());
    assertArrayEquals(
        new byte[] {1, 0}, IdxReader.readLabels(IdxWriter.write(folder, "labels", content)));
  }

  static Stream<Arguments> badImages() {
    byte[] zipped = gzip(IMAGES);
    byte[] wrongChecksum = zipped.clone();
    wrongChecksum[zipped.length - 8] ^= 1;
    byte[] wrongSize = zipped.clone();
    wrongSize[zipped.length - 4] ^= 1;
    return Stream.of(
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
    DataException e = assertThrows(DataException.class, () -> IdxReader.readImages(file));
    assertEquals(file, e.file());
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void everyDamagedByteOfAGzipFileIsNoticed() throws IOException {
    byte[] zipped = gzip(IMAGES);
    for (int i = 10; i < zipped.length; i++) {
      byte[] damaged = zipped.clone();
      // The highest bits of the last byte before the trailer may be padding: not looked at.
      damaged[i] ^= 0x01;
      Path file = IdxWriter.write(folder, "images", damaged);
      assertThrows(DataException.class, () -> IdxReader.readImages(file), "byte " + i);
    }
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    for (byte[] whole : new byte[][] {IMAGES, gzip(IMAGES)}) {
      for (int length = 0; length < whole.length; length++) {
        Path file = IdxWriter.write(folder, "images", Arrays.copyOf(whole, length));
        assertThrows(DataException.class, () -> IdxReader.readImages(file), "length " + length);
      }
    }
  }

  /** A member that inflates far beyond its header's promise is read one byte too far, no more. */
  @Test
  void aGzipBombIsNotInflated() throws IOException {
    byte[] content = Arrays.copyOf(IMAGES, 40_000_000);
    Path file = IdxWriter.write(folder, "images", gzip(content));
    assertThrows(DataException.class, () -> IdxReader.readImages(file));
    // What follows the first surplus byte was never looked at, so its damage goes unnoticed.
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length - 6] ^= 1;
    Files.write(file, damaged);
    DataException e = assertThrows(DataException.class, () -> IdxReader.readImages(file));
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
