package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file could be read, but its content is not what it should be. Any other {@link IOException}
 * means that reading or writing itself failed.
 */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /** As text, because a {@link Path} cannot be serialized. */
  private final String file;

  /**
   * Names a file and its fault.
   *
   * @param file the file
   * @param fault what is wrong and what was expected, on one line
   */
  public DataException(Path file, String fault) {
    super(file + ": " + fault);
    this.file = file.toString();
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
