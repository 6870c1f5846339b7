// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CifarTest {
  private static final int PIXELS = 3 * 32 * 32;

  @TempDir Path folder;

  /** Images with the labels given before each; each pixel depends on its place and channel. */
  private static byte[] file(int[]... labels) {
    int header = labels[0].length;
    byte[] file = new byte[labels.length * (header + PIXELS)];
    int at = 0;
    for (int i = 0; i < labels.length; i++) {
      for (int label : labels[i]) {
        file[at++] = (byte) label;
      }
      for (int c = 0; c < 3; c++) {
        for (int p = 0; p < 32 * 32; p++) {
          file[at++] = (byte) pixel(i, p, c);
        }
      }
    }
    return file;
  }

  private static int pixel(int image, int p, int c) {
    return image * 31 + p * 7 + c * 101 & 0xFF;
  }

  private static int[][] tens(int... labels) {
    return IntStream.of(labels).mapToObj(label -> new int[] {label}).toArray(int[][]::new);
  }

  private Path write(String name, byte[] content) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    return Files.write(folder.resolve(name), content);
  }

  private void writeTen(String within) throws IOException {
    for (int i = 1; i <= 5; i++) {
      write(within + "data_batch_" + i + ".bin", file(tens(i, 9)));
    }
    write(within + "test_batch.bin", file(tens(0, 3, 7)));
  }

  private static void assertImages(Dataset data, int... labels) {
    assertEquals(labels.length, data.size());
    int[] indices = IntStream.range(0, labels.length).toArray();
    float[] x = new float[labels.length * PIXELS];
    int[] found = new int[labels.length];
    data.copy(indices, 0, labels.length, x, 0, found, 0);
    assertArrayEquals(labels, found);
  }

  @Test
  void tenClassesComeFromSixFiles() throws IOException {
    writeTen("");
    CifarFolder data = CifarFolder.read(folder);
    assertEquals(new Shape(32, 32, 3), data.train().shape());
    assertEquals(10, data.train().classes());
    assertEquals(List.of(), data.train().classNames());
    assertImages(data.train(), 1, 9, 2, 9, 3, 9, 4, 9, 5, 9);
    assertImages(data.test(), 0, 3, 7);
    float[] x = new float[PIXELS];
    data.test().copy(new int[] {2}, 0, 1, x, 0, new int[1], 0);
    for (int p = 0; p < 32 * 32; p++) {
      for (int c = 0; c < 3; c++) {
        assertEquals(pixel(2, p, c) / 255f, x[3 * p + c]);
      }
    }
  }

  @Test
  void theArchivesFolderMayBeAroundThem() throws IOException {
    writeTen("cifar-10-batches-bin/");
    write(
        "cifar-10-batches-bin/batches.meta.txt",
        "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".getBytes(StandardCharsets.UTF_8));
    CifarFolder data = CifarFolder.read(folder);
    assertEquals(
        List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), data.test().classNames());
    assertEquals(data.test().classNames(), data.train().slice(3, 5).classNames());
    assertImages(data.train(), 1, 9, 2, 9, 3, 9, 4, 9, 5, 9);
  }

  @Test
  void aHundredClassesHaveTwoLabelsEach() throws IOException {
    int[][] labels = {{19, 99}, {4, 0}};
    write("cifar-100-binary/train.bin", file(labels));
    write("cifar-100-binary/test.bin", file(new int[] {3, 70}));
    CifarFolder fine = CifarFolder.read(folder);
    assertEquals(100, fine.train().classes());
    assertImages(fine.train(), 99, 0);
    assertImages(fine.test(), 70);
    CifarFolder coarse = CifarFolder.read(folder, CifarLabels.COARSE);
    assertEquals(20, coarse.train().classes());
    assertImages(coarse.train(), 19, 4);
    assertEquals(
        folder + ": no binary files of CIFAR; expected data_batch_1.bin and others",
        fault(() -> CifarFolder.read(folder, CifarLabels.TEN)));
    writeTen("");
    assertEquals(
        folder + ": holds both CIFAR-10 and CIFAR-100, expected one; say which labels to take",
        fault(() -> CifarFolder.read(folder)));
    assertImages(CifarFolder.read(folder, CifarLabels.TEN).test(), 0, 3, 7);
  }

  @Test
  void badFilesAreNamed() throws IOException {
    Path file = write("data_batch_1.bin", file(tens(1, 2)));
    assertEquals(
        folder + ": missing file; expected data_batch_2.bin",
        fault(() -> CifarFolder.read(folder)));
    writeTen("");
    write("data_batch_1.bin", file(tens(1, 10)));
    assertFault("label 1 is 10, but must be from 0 to 9");
    write("data_batch_1.bin", Arrays.copyOf(file(tens(1, 2)), 6000));
    assertFault(
        "is truncated: it has 6000 bytes, expected a multiple of 3073, the bytes of an image and"
            + " its label");
    write("data_batch_1.bin", new byte[0]);
    assertFault("is empty, expected a multiple of 3073, the bytes of an image and its label");
    write("data_batch_1.bin", file(new int[] {1, 2}));
    assertFault(
        "has the length of a file of CIFAR-100, expected a multiple of 3073 bytes, as CIFAR-10 has"
            + " for an image");
    write("data_batch_1.bin", "<!doctype html><p>Not found".getBytes(StandardCharsets.UTF_8));
    assertFault(
        "is an HTML page, expected CIFAR-10 in its binary version: download it again: this came"
            + " instead of the file");
    write("data_batch_1.bin", IdxWriter.gzip(tar()));
    assertFault("is a tar archive, expected CIFAR-10 in its binary version: unpack it first");
    assertEquals(file, folder.resolve("data_batch_1.bin"));
    write("data_batch_1.bin", file(tens(1)));
    write("batches.meta.txt", "cat\ndog\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        folder.resolve("batches.meta.txt") + ": has 2 class names, expected 10",
        fault(() -> CifarFolder.read(folder)));
  }

  @Test
  void bothLabelsAreLookedAt() throws IOException {
    write("train.bin", file(new int[] {20, 5}));
    write("test.bin", file(new int[] {1, 100}));
    assertEquals(
        folder.resolve("train.bin") + ": label 0 is 20, but must be from 0 to 19",
        fault(() -> CifarFolder.read(folder)));
    assertEquals(
        folder.resolve("test.bin") + ": label 0 is 100, but must be from 0 to 99",
        fault(() -> CifarReader.read(CifarLabels.COARSE, List.of(folder.resolve("test.bin")))));
  }

  @Test
  void whatIsThereInsteadIsNamed() throws IOException {
    Path none = folder.resolve("none");
    assertEquals(
        none + ": no such folder; expected one with CIFAR's binary files",
        fault(() -> CifarFolder.read(none)));
    assertEquals(
        folder + ": no binary files of CIFAR; expected data_batch_1.bin and others",
        fault(() -> CifarFolder.read(folder)));
    Path archive = write("cifar-10-binary.tar.gz", IdxWriter.gzip(tar()));
    assertEquals(
        archive
            + ": is a tar archive, expected a folder with CIFAR's binary files: unpack it first",
        fault(() -> CifarFolder.read(archive)));
    assertEquals(
        folder
            + ": has no binary files of CIFAR; cifar-10-binary.tar.gz is a tar archive: unpack it"
            + " first",
        fault(() -> CifarFolder.read(folder)));
    Path text = write("note", new byte[] {1, 2, 3});
    assertEquals(
        text + ": not a folder; expected one with CIFAR's binary files",
        fault(() -> CifarFolder.read(text)));
    Files.delete(archive);
    write("cifar-10-batches-py/data_batch_1", new byte[] {(byte) 0x80, 2, '}', 'q'});
    String python = "it is the Python version, so download the binary one";
    assertEquals(
        folder
            + ": has no binary files of CIFAR; "
            + Path.of("cifar-10-batches-py", "data_batch_1")
            + " is a Python pickle: "
            + python,
        fault(() -> CifarFolder.read(folder)));
    Path pythons = write("cifar-10-python.tar.gz", IdxWriter.gzip(tar()));
    assertEquals(
        pythons + ": is a tar archive, expected a folder with CIFAR's binary files: " + python,
        fault(() -> CifarFolder.read(pythons)));
  }

  private static byte[] tar() {
    byte[] tar = new byte[1024];
    tar[0] = 'c';
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    return tar;
  }

  private void assertFault(String expected) {
    assertEquals(
        folder.resolve("data_batch_1.bin") + ": " + expected,
        fault(() -> CifarFolder.read(folder)));
  }

  private interface Call {
    void run() throws IOException;
  }

  private static String fault(Call call) {
    return assertThrows(IOException.class, call::run).getMessage();
  }
}
