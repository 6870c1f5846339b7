// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MappedDatasetTest {
  private static final int IMAGES = 7;
  private static final Shape SHAPE = new Shape(3, 2, 3);

  @TempDir Path folder;
  private Path images;
  private Path labels;
  private final byte[] numbers = {0, 3, 1, 2, 2, 0, 3};

  @BeforeEach
  void name() {
    images = folder.resolve("images");
    labels = folder.resolve("labels");
  }

  private ImageDataset inMemory() {
    byte[] pixels = new byte[IMAGES * SHAPE.size()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 83);
    }
    return new ImageDataset(SHAPE, 4, pixels, numbers);
  }

  @Test
  void whatWasWrittenIsHandedOutFromTheDisk() throws IOException {
    ImageDataset data = inMemory();
    try (WorkerTeam team = new WorkerTeam(2)) {
      IdxStore.write(data, images, labels, team);
    }
    MappedDataset mapped = MappedDataset.open(images, labels, List.of("a", "b", "c", "d"));
    assertEquals(IMAGES, mapped.size());
    assertEquals(SHAPE, mapped.shape());
    assertEquals(4, mapped.classes());
    assertEquals(List.of("a", "b", "c", "d"), mapped.classNames());
    assertFalse(mapped.inMemory());
    assertFalse(new Subset(mapped, new int[] {1}).inMemory());
    assertTrue(new Subset(data, new int[] {1}).inMemory());
    assertEquals("7 images [3, 2, 3] of 4 classes in " + images, mapped.toString());
    assertSame(data, mapped);
    assertSame(data.slice(2, 5), mapped.slice(2, 5));
    assertSame(data, IdxReader.read(images, labels, 4));
    assertSame(data, MappedDataset.open(images, labels, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> mapped.slice(2, 5).label(3));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> mapped.copy(new int[] {7}, 0, 1, new float[18], 0, new int[1], 0));
  }

  private static void assertSame(Dataset expected, Dataset actual) {
    int count = expected.size();
    int[] order = new int[count + 1];
    for (int i = 0; i < count; i++) {
      order[1 + i] = (i * 3 + 1) % count;
    }
    float[][] x = new float[2][count * SHAPE.size() + 2];
    int[][] y = new int[2][count + 1];
    expected.copy(order, 1, count, x[0], 2, y[0], 1);
    actual.copy(order, 1, count, x[1], 2, y[1], 1);
    assertArrayEquals(x[0], x[1]);
    assertArrayEquals(y[0], y[1]);
    assertEquals(expected.size(), actual.size());
    assertArrayEquals(expected.classCounts(), actual.classCounts());
  }

  /** A chunk holds some hundred of them. */
  @Test
  void manyImagesAreWrittenInChunks() throws IOException {
    Shape shape = new Shape(128, 128, 1);
    int count = 1100;
    byte[] pixels = ramp(count * shape.size());
    ImageDataset data = new ImageDataset(shape, 1, pixels, new byte[count]);
    try (WorkerTeam team = new WorkerTeam(2)) {
      IdxStore.write(data, images, labels, team);
    }
    byte[] file = Files.readAllBytes(images);
    assertEquals(20 + pixels.length, file.length);
    for (int i = 0; i < pixels.length; i++) {
      if (pixels[i] != file[20 + i]) {
        throw new AssertionError("byte " + i);
      }
    }
  }

  @Test
  void greyImagesOfMnistsFormAreMapped() throws IOException {
    IdxWriter.write(folder, "images", idx(ramp(42), 7, 3, 2));
    IdxWriter.write(folder, "labels", idx(numbers, 7));
    MappedDataset mapped = MappedDataset.open(images, labels, 4);
    assertEquals(new Shape(3, 2, 1), mapped.shape());
    float[] x = new float[6];
    mapped.copy(new int[] {6}, 0, 1, x, 0, new int[1], 0);
    assertEquals(41 / 255f, x[5]);
  }

  @Test
  void manyClassesHaveLargerLabels() throws IOException {
    FloatDataset data =
        new FloatDataset(Shape.of(1, 1, 1), 300, new float[2], new int[] {299, 256});
    IdxStore.write(data, images, labels, WorkerTeam.single());
    assertEquals(299, MappedDataset.open(images, labels, 300).label(0));
    assertEquals(
        labels + ": label 0 is 299, but must be from 0 to 298",
        fault(() -> MappedDataset.open(images, labels, 299)));
  }

  @Test
  void badFilesAreNamed() throws IOException {
    IdxWriter.write(folder, "labels", idx(numbers, 7));
    String kept = ", which alone stay on the disk";
    IdxWriter.write(folder, "images", gzip(idx(ramp(42), 7, 3, 2)));
    assertFault("is compressed with gzip, not an IDX file of images in unsigned bytes" + kept);
    IdxWriter.write(folder, "images", idx(numbers, 7));
    assertFault("is not an IDX file of images in unsigned bytes" + kept);
    IdxWriter.write(folder, "images", idx(0x0D03, new byte[168], 7, 3, 2));
    assertFault("is not an IDX file of images in unsigned bytes" + kept);
    IdxWriter.write(folder, "images", new byte[2]);
    assertFault("is not an IDX file of images in unsigned bytes" + kept);
    IdxWriter.write(folder, "images", idx(ramp(41), 7, 3, 2));
    assertFault("is truncated: it has 41 bytes after the header, expected 42");
    IdxWriter.write(folder, "images", idx(ramp(43), 7, 3, 2));
    assertFault("has 43 bytes after the header, expected 42");
    IdxWriter.write(folder, "images", idx(ramp(42), 7, 0, 2));
    assertFault("has dimensions that are not positive, or too large: 0");
    IdxWriter.write(folder, "images", idx(ramp(42), 7, 1 << 20, 1 << 20));
    assertFault("has dimensions that are not positive, or too large: 1048576");
    IdxWriter.write(folder, "images", idx(ramp(36), 6, 3, 2));
    assertEquals(
        labels + ": holds 7 labels, but " + images + " holds 6 images",
        fault(() -> MappedDataset.open(images, labels, 4)));
  }

  @Test
  void onlyImagesOf8BitsAreWritten() throws IOException {
    FloatDataset data =
        new FloatDataset(Shape.of(1, 2, 1), 2, new float[] {0, 1, 0.5f, 0}, new int[] {0, 1});
    assertEquals(
        "image 1 has the value 0.5, expected multiples of 1/255 up to 1",
        assertThrows(
                IllegalArgumentException.class,
                () -> IdxStore.write(data, images, labels, WorkerTeam.single()))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> IdxStore.write(data.slice(0, 0), images, labels, WorkerTeam.single()));
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count(), "nothing is left behind");
    }
  }

  private void assertFault(String expected) {
    assertEquals(images + ": " + expected, fault(() -> MappedDataset.open(images, labels, 4)));
  }

  private interface Call {
    void run() throws IOException;
  }

  private static String fault(Call call) {
    return assertThrows(IOException.class, call::run).getMessage();
  }

  /** A picture that cannot be read is told as what it is, not wrapped. */
  @Test
  void aBadPictureIsNamedWhereItIsWritten() throws IOException {
    Path bad = Files.write(folder.resolve("x.png"), new byte[3]);
    PictureDataset data =
        new PictureDataset(
            SHAPE, Framing.CROP, List.of("a", "b"), List.of(bad, bad), new int[] {0, 1});
    try (WorkerTeam team = new WorkerTeam(2)) {
      assertEquals(
          bad + ": is not a picture: it does not begin as a PNG, JPEG, BMP or GIF file",
          assertThrows(DataException.class, () -> IdxStore.write(data, images, labels, team))
              .getMessage());
    }
    assertThrows(
        UncheckedIOException.class,
        () -> data.copy(new int[1], 0, 1, new float[18], 0, new int[1], 0));
  }
}
