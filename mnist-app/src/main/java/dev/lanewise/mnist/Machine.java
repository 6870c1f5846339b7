// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the program runs on. */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo"); // of Linux

  private Machine() {}

  /** Such as {@code AMD EPYC, 2 processors, Linux 6.1 (amd64)}. */
  static String description() {
    return processor()
        + Messages.count(Runtime.getRuntime().availableProcessors(), "processor")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " ("
        + System.getProperty("os.arch")
        + ")";
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(PROCESSORS, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip() + ", ")
          .findFirst()
          .orElse("");
    } catch (IOException | UncheckedIOException e) {
      String windows = System.getenv("PROCESSOR_IDENTIFIER");
      return windows == null ? "" : windows + ", ";
    }
  }
}
