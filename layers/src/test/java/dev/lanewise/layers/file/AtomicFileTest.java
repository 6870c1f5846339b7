// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.file;

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

final class AtomicFileTest {
  @TempDir Path folder;

  /** As in a folder that becomes read-only; here it is a folder with something in it. */
  @Test
  void aPartThatCannotBeRemovedDoesNotHideWhyTheWriteFailed() throws IOException {
    Path file = folder.resolve("weights");
    Files.writeString(file, "old");
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      Path part = part();
                      Files.delete(part);
                      Files.createDirectories(part.resolve("child"));
                      throw new IOException("no space");
                    }));
    assertEquals(file + ": cannot be written: no space", e.getMessage());
    assertEquals("old", Files.readString(file));
  }

  /** As where a program is told to end in the middle of a write. */
  @Test
  void whatIsUnfinishedCanBeRemoved() throws IOException {
    Path file = folder.resolve("weights");
    Files.writeString(file, "old");
    assertThrows(
        NoSuchFileException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  assertTrue(Files.exists(part()));
                  AtomicFile.removeUnfinished();
                }));
    AtomicFile.write(folder.resolve("other"), channel -> {});
    AtomicFile.removeUnfinished(); // not what is whole
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("other"), file), files.sorted().toList()); // and no part
    }
    assertEquals("old", Files.readString(file));
  }

  private Path part() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(AtomicFile.PART)).findFirst().orElseThrow();
    }
  }
}
