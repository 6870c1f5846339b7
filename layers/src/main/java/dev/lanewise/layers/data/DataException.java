// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file could be read, but its content is not what it should be. Any other {@link IOException}
 * means that reading or writing itself failed.
 */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /** Names taken from a bad file may be of any length. */
  private static final int MAX_FAULT = 500;

  /** As text, because a {@link Path} cannot be serialized. */
  private final String file;

  /**
   * Names a file and its fault.
   *
   * @param file the file
   * @param fault what is wrong and what was expected; may quote the file, since control characters
   *     are replaced and long texts are cut
   */
  public DataException(Path file, String fault) {
    super(oneLine(file + ": " + shorten(fault)));
    this.file = file.toString();
  }

  /**
   * Names a file whose content is good, but too much for this JVM.
   *
   * @param file the file
   * @return the exception, to be thrown where one array did not fit: what memory there was is still
   *     there
   */
  public static DataException tooLarge(Path file) {
    return new DataException(
        file,
        "holds more than fits into the memory of this Java ("
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MB, java -Xmx4g allows more)");
  }

  private static String shorten(String fault) {
    return fault.length() <= MAX_FAULT ? fault : fault.substring(0, MAX_FAULT) + "...";
  }

  private static String oneLine(String message) {
    StringBuilder line = new StringBuilder(message);
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') { // separate lines, too
        line.setCharAt(i, '?');
      }
    }
    return line.toString();
  }

  /**
   * The file with the fault.
   *
   * @return its path, as it was given
   */
  public Path file() {
    return Path.of(file);
  }
}
