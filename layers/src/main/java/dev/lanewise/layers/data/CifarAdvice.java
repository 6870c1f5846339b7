// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.nio.file.Path;
import java.util.Locale;

/** What to do with a file that came instead of CIFAR's binary ones. */
final class CifarAdvice {
  private static final String BINARY = "it is the Python version, so download the binary one";

  private CifarAdvice() {}

  static String of(Path file, FileKind kind) {
    boolean python = file.getFileName().toString().toLowerCase(Locale.ROOT).contains("python");
    return kind == FileKind.PICKLE || kind.isArchive() && python ? BINARY : IdxAdvice.of(kind);
  }
}
