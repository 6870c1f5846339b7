// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static dev.lanewise.layers.data.IdxWriter.idx;
import static dev.lanewise.layers.data.IdxWriter.ramp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFolderTest {
  @TempDir Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    IdxWriter.write(folder, "train-images-idx3-ubyte.gz", gzip(idx(ramp(18), 3, 3, 2)));
    IdxWriter.write(folder, "train-labels.idx1-ubyte", idx(new byte[] {0, 3, 1}, 3));
    IdxWriter.write(folder, "t10k-images.idx3-ubyte.gz", gzip(idx(ramp(6), 1, 3, 2)));
    IdxWriter.write(folder, "t10k-labels-idx1-ubyte", idx(new byte[] {5}, 1));
  }

  @Test
  void findsFilesUnderAllTheirNames() throws IOException {
    IdxFolder data = IdxFolder.read(folder);
    assertEquals(3, data.train().size());
    assertEquals(1, data.test().size());
    assertEquals(new Shape(3, 2, 1), data.train().shape());
    assertEquals(6, data.train().classes());
    assertEquals(6, data.test().classes());
  }

  @Test
  void thereAreAtLeastTwoClasses() throws IOException {
    IdxWriter.write(folder, "train-labels.idx1-ubyte", idx(new byte[3], 3));
    IdxWriter.write(folder, "t10k-labels-idx1-ubyte", idx(new byte[1], 1));
    assertEquals(2, IdxFolder.read(folder).train().classes());
  }

  @Test
  void thereAreAtMost256Classes() throws IOException {
    IdxWriter.write(folder, "t10k-labels-idx1-ubyte", idx(new byte[] {(byte) 255}, 1));
    assertEquals(256, IdxFolder.read(folder).train().classes());
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    Path none = folder.resolve("none");
    assertEquals(
        none + ": no such folder; expected one with IDX files",
        assertThrows(NoSuchFileException.class, () -> IdxFolder.read(none)).getMessage());
    Path file = folder.resolve("t10k-labels-idx1-ubyte");
    assertEquals(
        file + ": not a folder; expected one with IDX files",
        assertThrows(FileSystemException.class, () -> IdxFolder.read(file)).getMessage());
    Files.delete(file);
    assertEquals(
        folder + ": missing file; expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz",
        assertThrows(NoSuchFileException.class, () -> IdxFolder.read(folder)).getMessage());
  }

  @Test
  void filesThatDoNotBelongTogetherAreNamed() throws IOException {
    IdxWriter.write(folder, "t10k-images.idx3-ubyte.gz", idx(ramp(6), 1, 2, 3));
    assertFault("t10k-images.idx3-ubyte.gz: has images [2, 3, 1], expected [3, 2, 1] as in");
    IdxWriter.write(folder, "t10k-images.idx3-ubyte.gz", idx(ramp(12), 2, 3, 2));
    assertFault("t10k-labels-idx1-ubyte: holds 1 labels, but ");
    IdxWriter.write(folder, "train-labels.idx1-ubyte", idx(ramp(18), 3, 3, 2));
    assertFault("are images and labels swapped?");
  }

  private void assertFault(String fault) {
    DataException e = assertThrows(DataException.class, () -> IdxFolder.read(folder));
    assertTrue(e.getMessage().contains(fault), e.getMessage());
  }
}
