// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;

/** Words for what went wrong. */
final class Messages {
  private Messages() {}

  /**
   * Says what failed. The messages of many I/O exceptions are a bare file name.
   *
   * @param e the failure
   * @return the file, where it is known, and the fault
   */
  static String of(IOException e) {
    String message = e.getMessage();
    if (e instanceof FileSystemException f && f.getFile() != null) {
      return f.getFile() + ": " + fault(f);
    } else if (message == null || message.isBlank()) {
      return "input or output failed (" + e.getClass().getSimpleName() + ")";
    } else if (e.getClass() == IOException.class || e instanceof FileNotFoundException) {
      return message;
    }
    return message + " (" + e.getClass().getSimpleName() + ")";
  }

  /**
   * Says why a name cannot be that of a file.
   *
   * @param e the failure
   * @return the fault, and what helps against it
   */
  static String of(InvalidPathException e) {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    return encoding.startsWith("UTF")
        ? "no file can have this name"
        : "file names with other letters than those of "
            + encoding
            + " need another locale, such as LC_ALL=C.UTF-8";
  }

  private static String fault(FileSystemException e) {
    if (e.getReason() != null) {
      return e.getReason();
    } else if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof NotDirectoryException) {
      return "is not a folder";
    } else if (e instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    return "cannot be read or written";
  }

  /**
   * Says how many.
   *
   * @param number how many
   * @param thing what, in the singular
   * @return such as {@code 1 epoch}, {@code 2 epochs} or {@code 10 classes}
   */
  static String count(long number, String thing) {
    String plural = thing + (thing.endsWith("s") ? "es" : "s");
    return number + " " + (number == 1 ? thing : plural);
  }

  /**
   * Says how large a file is.
   *
   * @param bytes its size
   * @return such as {@code 812 B}, {@code 62.4 KiB} or {@code 11.0 MiB}
   */
  static String bytes(long bytes) {
    if (bytes < 1 << 10) {
      return bytes + " B";
    }
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%,.1f MiB", bytes / (1024.0 * 1024));
  }

  /**
   * Names several things.
   *
   * @param things at least one
   * @return such as {@code a}, {@code a and b} or {@code a, b and c}
   */
  static String list(List<String> things) {
    int last = things.size() - 1;
    return last == 0
        ? things.getFirst()
        : String.join(", ", things.subList(0, last)) + " and " + things.get(last);
  }

  /**
   * Writes a word as it is typed in a shell.
   *
   * @param word such as the name of a file
   * @return the same, in quotation marks if a shell would not take it as one word
   */
  static String quoted(String word) {
    return word.matches("[\\p{L}\\p{N}_./:@%+,=-]+")
        ? word
        : "'" + word.replace("'", "'\\''") + "'";
  }

  /**
   * Writes the program as it is typed in a shell.
   *
   * @param classPath the class path of this JVM
   * @return {@code java -jar} and the jar, if there is nothing else; it starts itself again with
   *     the options that it needs
   */
  static String program(String classPath) {
    boolean jar = classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator);
    return jar ? "java -jar " + quoted(classPath) : "mnist-app";
  }

  /**
   * Makes a message that fits on one line and cannot control a terminal, whatever file names and
   * arguments are part of it.
   *
   * @param message any text
   * @return the same with line breaks and control characters replaced by spaces
   */
  static String oneLine(String message) {
    return message.replaceAll("[\\p{Cc}\\u2028\\u2029]+", " ").strip();
  }
}
