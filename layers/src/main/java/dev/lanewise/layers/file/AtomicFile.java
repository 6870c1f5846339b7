// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a file so that it appears whole or not at all, and stays: content and name are forced to
 * the disk before a write ends.
 */
public final class AtomicFile {
  /** How the name of a file ends that is still being written; it begins with a dot. */
  public static final String PART = ".part";

  private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

  private AtomicFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes it.
     *
     * @param channel open for writing, at its beginning
     * @throws IOException if that fails
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes beside the file, then renames; on failure nothing is left behind and an old file stays
   * as it was.
   *
   * @param file the file
   * @param body writes its content
   * @throws IOException if it cannot be written; the message names the file
   */
  public static void write(Path file, Body body) throws IOException {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new IOException(file + ": is a folder, expected a file to write");
    }
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(file.toString(), null, "the folder to write to does not exist");
    }
    // Not createTempFile: that would make the file readable by its owner alone.
    Path part =
        folder.resolve(
            "."
                + target.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + System.nanoTime()
                + PART);
    UNFINISHED.add(part);
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      body.writeTo(channel);
      channel.force(true);
      // Renamed while open: it is the same file, and a failure to close cannot come in between.
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(folder);
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(file.toString(), null, "cannot be written");
    } catch (FileSystemException e) { // names its file
      throw e;
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    } finally {
      remove(part);
      UNFINISHED.remove(part);
    }
  }

  /**
   * Removes the files that are being written at this moment, whose writes then fail. It is for a
   * shutdown hook of a program: one that ends in the middle of a write, as by Ctrl-C, leaves
   * nothing behind. Thread-safe.
   */
  public static void removeUnfinished() {
    UNFINISHED.forEach(AtomicFile::remove);
  }

  /** A folder that became read-only keeps it; to say so would hide why the write failed. */
  private static void remove(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      // The name tells that it is no whole file.
    }
  }

  /**
   * The new name is an entry of the folder, which has a write cache of its own.
   *
   * @param folder the folder
   * @throws IOException if it cannot be forced to the disk
   */
  public static void syncFolder(Path folder) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(folder, StandardOpenOption.READ);
    } catch (AccessDeniedException e) { // Windows opens no folders, and keeps names by itself
      return;
    }
    try (channel) {
      channel.force(true);
    }
  }
}
