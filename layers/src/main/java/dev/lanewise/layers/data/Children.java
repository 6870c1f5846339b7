// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What lies in a folder. */
final class Children {
  private Children() {}

  /** In alphabetical order; without what is hidden, such as the copies in {@code __MACOSX}. */
  static List<Path> of(Path folder) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      for (Path child : stream) {
        String name = child.getFileName().toString();
        if (!name.startsWith(".") && !name.equals("__MACOSX")) {
          children.add(child);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    // By name alone, and not as the file system of the machine compares names.
    children.sort(Comparator.comparing(child -> child.getFileName().toString()));
    return children;
  }
}
