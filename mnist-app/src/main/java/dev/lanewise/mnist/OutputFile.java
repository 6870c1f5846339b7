// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks made before hours of work end in a file that cannot be written. */
final class OutputFile {
  private OutputFile() {}

  /** Whether two names are of the same place, as far as names tell. */
  static boolean same(Path a, Path b) {
    return a.toAbsolutePath().normalize().equals(b.toAbsolutePath().normalize());
  }

  /**
   * Makes sure that a file can be written beside {@code file} and renamed to it, by trying.
   *
   * @param file where the output is to be
   * @throws IOException if its folder does not exist or is not writable, or if there is something
   *     else than an ordinary file in its place, links included
   */
  static void requireWritable(Path file) throws IOException {
    // Renaming replaces a link, not what it leads to, such as the terminal behind /dev/stdout.
    if (Files.exists(file, NOFOLLOW_LINKS) && !Files.isRegularFile(file, NOFOLLOW_LINKS)) {
      throw new IOException(file + ": cannot be written, since it is not an ordinary file");
    }
    requireFilesIn(file.toAbsolutePath().getParent(), file);
  }

  /**
   * Makes sure that files can be made in a folder, by trying: in the first folder above it that is
   * there, if it is not there yet.
   *
   * @param folder where the output is to be
   * @throws IOException if what is there is not a folder or not writable
   */
  static void requireFolder(Path folder) throws IOException {
    Path there = folder.toAbsolutePath();
    while (there != null && !Files.exists(there, NOFOLLOW_LINKS)) {
      there = there.getParent();
    }
    requireFilesIn(there, folder);
  }

  private static void requireFilesIn(Path folder, Path output) throws IOException {
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(output + ": cannot be written, since " + folder + " is not a folder");
    }
    try {
      Files.delete(Files.createTempFile(folder, ".mnist-app", ".tmp"));
    } catch (IOException e) {
      throw new IOException(
          output + ": cannot be written, since no file can be made in " + folder, e);
    }
  }
}
