// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a program in a JVM of its own left.
 *
 * @param out standard output
 * @param err lines of standard error, but for those of the JVM
 */
public record Jvm(int exitCode, String out, List<String> err) {
  public static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";

  /** Runs a main class of the tests. */
  public static Jvm run(Path folder, Class<?> program, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(10, TimeUnit.MINUTES), "still running");
    } finally {
      process.destroyForcibly();
    }
    List<String> lines =
        Files.readAllLines(err).stream()
            .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
            .toList();
    return new Jvm(process.exitValue(), Files.readString(out), lines);
  }
}
