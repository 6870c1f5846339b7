package dev.lanewise.layers.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private Path part() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(AtomicFile.PART)).findFirst().orElseThrow();
    }
  }
}
