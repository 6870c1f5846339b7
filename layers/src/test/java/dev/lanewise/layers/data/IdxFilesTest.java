// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layouts in which people have MNIST and its relatives. */
class IdxFilesTest {
  @TempDir Path folder;

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  /** Writes a set; {@code pattern} has the part for %s and the rest of MNIST's name for %s. */
  private void writeSet(String pattern, String test) throws IOException {
    for (String part : List.of("train", test)) {
      byte[] images = idx(ramp(4), 1, 2, 2);
      write(pattern.formatted(part + "-images", "idx3-ubyte"), images);
      write(pattern.formatted(part + "-labels", "idx1-ubyte"), idx(new byte[1], 1));
    }
  }

  private String found(Path file) {
    return folder.relativize(file).toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s-%s",
        "%s.%s.gz",
        "%s-%s.bin",
        "%s-%s.idx",
        "%s.idx",
        "MNIST/raw/%s-%s",
        "data/MNIST/raw/%s-%s.gz",
        "%1$s-%2$s/%1$s-%2$s",
        "%1$s-%2$s/%1$s.%2$s",
        "MNIST/raw/%1$s-%2$s/%1$s-%2$s",
        "emnist-balanced-%s-%s.gz",
        "gzip/emnist-digits-%s-%s.gz",
        "qmnist-%s-idx2-int.gz",
        "%s-idx3-float",
      })
  void isFound(String pattern) throws IOException {
    for (String test : List.of("t10k", "test")) {
      writeSet(pattern, test);
      IdxFiles files = IdxFiles.find(folder);
      assertEquals(pattern.formatted("train-images", "idx3-ubyte"), found(files.train().images()));
      assertEquals(pattern.formatted(test + "-labels", "idx1-ubyte"), found(files.test().labels()));
      assertEquals(files.test(), IdxFiles.findTest(folder));
      try (var all = Files.walk(folder)) { // the next name begins anew
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void capitalsDoNotMatter() throws IOException {
    write("TRAIN-IMAGES-IDX3-UBYTE", new byte[0]);
    write("Train-Labels.IDX1-UBYTE", new byte[0]);
    write("T10K-Images-idx3-ubyte.GZ", new byte[0]);
    write("Test-Labels-idx1-ubyte.BIN", new byte[0]);
    IdxFiles files = IdxFiles.find(folder);
    assertEquals("TRAIN-IMAGES-IDX3-UBYTE", found(files.train().images()));
    assertEquals("Test-Labels-idx1-ubyte.BIN", found(files.test().labels()));
  }

  @Test
  void partsMayLieInFoldersOfTheirOwn() throws IOException {
    for (String name : List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte")) {
      write("train/" + name, new byte[0]);
    }
    for (String name : List.of("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")) {
      write("test/" + name, new byte[0]);
    }
    assertEquals("test/t10k-labels-idx1-ubyte", found(IdxFiles.find(folder).test().labels()));
  }

  @Test
  void testFilesAloneAreEnoughForATest() throws IOException {
    write("MNIST/raw/t10k-images-idx3-ubyte", new byte[0]);
    write("MNIST/raw/t10k-labels-idx1-ubyte", new byte[0]);
    assertEquals("MNIST/raw/t10k-images-idx3-ubyte", found(IdxFiles.findTest(folder).images()));
    assertMissing("missing file; expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz");
  }

  private void assertMissing(String message) {
    NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> IdxFiles.find(folder));
    assertEquals(folder + ": " + message, e.getMessage());
  }

  @Test
  void theNearestCompleteSetIsTaken() throws IOException {
    writeSet("MNIST/raw/%s-%s", "t10k");
    writeSet("%s-%s", "t10k");
    assertEquals("train-images-idx3-ubyte", found(IdxFiles.find(folder).train().images()));
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    assertEquals(
        "MNIST/raw/train-images-idx3-ubyte", found(IdxFiles.find(folder).train().images()));
  }

  @Test
  void ofPlainAndZippedThePlainOneIsTaken() throws IOException {
    writeSet("%s-%s", "t10k");
    write("t10k-images-idx3-ubyte.gz", new byte[] {1, 2, 3});
    assertEquals("t10k-images-idx3-ubyte", found(IdxFiles.find(folder).test().images()));
  }

  @Test
  void copiesAreOneFileAndOthersAreNamed() throws IOException {
    writeSet("%s-%s", "t10k");
    byte[] content = Files.readAllBytes(folder.resolve("t10k-images-idx3-ubyte"));
    write("t10k-images.idx3-ubyte", content);
    write("t10k-images-idx3-ubyte/t10k-images-idx3-ubyte".replace("ubyte/", "ubyte.d/"), content);
    write("test-images-idx3-ubyte.gz", gzip(content));
    assertEquals("t10k-images-idx3-ubyte", found(IdxFiles.find(folder).test().images()));

    for (byte[] other : List.of(gzip(ramp(9)), new byte[] {0x1f, (byte) 0x8b}, content)) {
      other[other.length - 1] ^= 1;
      write("test-images-idx3-ubyte.gz", other);
      DataException e = assertThrows(DataException.class, () -> IdxFiles.find(folder));
      assertTrue(
          e.getMessage()
              .contains(
                  "holds both "
                      + folder.resolve("t10k-images-idx3-ubyte")
                      + " and "
                      + folder.resolve("test-images-idx3-ubyte.gz")
                      + ", which differ"),
          e.getMessage());
    }
  }

  @Test
  void oneOfSeveralSetsIsToBeNamed() throws IOException {
    writeSet("gzip/emnist-letters-%s-%s", "test");
    writeSet("gzip/emnist-mnist-%s-%s", "test");
    DataException e = assertThrows(DataException.class, () -> IdxFiles.find(folder));
    Path letters = folder.resolve("gzip").resolve("emnist-letters");
    Path mnist = folder.resolve("gzip").resolve("emnist-mnist");
    assertEquals(
        folder + ": holds several data sets; name one of them instead: " + letters + ", " + mnist,
        e.getMessage());
    assertEquals(
        "gzip/emnist-mnist-test-labels-idx1-ubyte", found(IdxFiles.find(mnist).test().labels()));
    assertEquals(
        "gzip/emnist-letters-test-labels-idx1-ubyte", found(IdxFiles.findTest(letters).labels()));
    Path none = folder.resolve("gzip").resolve("emnist");
    assertEquals(
        none + ": no such folder; expected one with IDX files",
        assertThrows(NoSuchFileException.class, () -> IdxFiles.find(none)).getMessage());
    Files.delete(folder.resolve("gzip/emnist-letters-test-labels-idx1-ubyte"));
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> IdxFiles.find(letters));
    assertTrue(missing.getMessage().contains("expected emnist-letters-t10k-labels"));
  }

  @Test
  void linksToAFolderAreNoFurtherSet() throws IOException {
    writeSet("MNIST/raw/%s-%s", "t10k");
    Files.createSymbolicLink(folder.resolve("latest"), folder.resolve("MNIST"));
    Files.createSymbolicLink(folder.resolve("MNIST/again"), folder);
    assertEquals("MNIST/raw/t10k-labels-idx1-ubyte", found(IdxFiles.find(folder).test().labels()));
  }

  /** Nor are they looked for below a complete set, where there may be a great deal. */
  @Test
  void nothingIsReadBelowACompleteSet() throws IOException {
    writeSet("%s-%s", "t10k");
    writeSet("%1$s-%2$s.d/%1$s-%2$s", "t10k");
    write("train-images-idx3-ubyte.d/train-images-idx3-ubyte", new byte[9]);
    assertEquals("train-images-idx3-ubyte", found(IdxFiles.find(folder).train().images()));
    write("train-images-idx3-ubyte.bin", new byte[9]);
    assertThrows(DataException.class, () -> IdxFiles.find(folder));
  }

  @Test
  void ofManySetsSomeAreNamed() throws IOException {
    for (int i = 0; i < 20; i++) {
      writeSet("set" + i + "/%s-%s", "t10k");
    }
    DataException e = assertThrows(DataException.class, () -> IdxFiles.find(folder));
    assertTrue(e.getMessage().endsWith("set15 and 12 more"), e.getMessage());
  }

  /** Every file has a parent, for whoever wants to say where it is. */
  @Test
  void theEmptyPathIsTheWorkingFolder() {
    IOException e = assertThrows(IOException.class, () -> IdxFiles.find(Path.of("")));
    assertTrue(e.getMessage().startsWith(".: "), e.getMessage());
    assertThrows(NoSuchFileException.class, () -> IdxFiles.find(Path.of("no such name")));
  }

  /** Whoever has MNIST beside its relatives means MNIST. */
  @Test
  void filesWithoutANameInFrontComeFirst() throws IOException {
    writeSet("emnist-letters-%s-%s", "test");
    writeSet("%s-%s", "t10k");
    assertEquals("t10k-labels-idx1-ubyte", found(IdxFiles.find(folder).test().labels()));
  }

  @Test
  void hiddenFilesAreNoCandidates() throws IOException {
    writeSet("%s-%s", "t10k");
    writeSet("._%s-%s", "t10k");
    writeSet("__MACOSX/%s-%s", "t10k");
    assertEquals("train-images-idx3-ubyte", found(IdxFiles.find(folder).train().images()));
    Files.delete(folder.resolve("train-images-idx3-ubyte"));
    assertMissing("missing file; expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz");
  }

  @Test
  void aFormatThatIsNotReadIsNamed() throws IOException {
    write("readme.txt", "Some words.".getBytes());
    assertMissing("missing file; expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz");
    write("pictures/a/1.png", "\u0089PNG\r\n\032\n".getBytes("ISO-8859-1"));
    assertForeign("pictures/a/1.png is a PNG picture");
    write("digits/train.csv", "label,pixel0,pixel1\n".getBytes());
    assertForeign("digits/train.csv is a table of text (CSV)");
    write("data_batch_1.bin", new byte[3073]);
    assertForeign("data_batch_1.bin is CIFAR in its binary version");
    Path file = write("x.npy", "\u0093NUMPY".getBytes("ISO-8859-1"));
    assertForeign("x.npy is a NumPy array (NPY)");
    DataException e = assertThrows(DataException.class, () -> IdxFiles.find(file));
    assertTrue(
        e.getMessage()
            .endsWith(
                "x.npy: is a NumPy array (NPY), expected a folder with IDX files: docs/formats.md"
                    + " says how to convert it"));
    writeSet("%s-%s", "t10k"); // and is of no interest where there is one that is
    assertEquals("train-images-idx3-ubyte", found(IdxFiles.find(folder).train().images()));
  }

  private void assertForeign(String message) {
    DataException e = assertThrows(DataException.class, () -> IdxFiles.find(folder));
    assertEquals(
        folder + ": has no IDX files; " + message + ": docs/formats.md says how to convert it",
        e.getMessage());
  }
}
