// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the packaged jar in a JVM of its own, under a shell. */
record Jvm(int code, String out, String err) {
  /** An option for a JVM that soon ends: it does not begin to compile for the best speed. */
  static final String QUICK = "-XX:TieredStopAtLevel=1";

  /** Options for a training of a few steps, which then takes half of the time. */
  static final List<String> SHORT = List.of(QUICK, "-Dlanewise.backend=reference");

  /** What Java itself says of the module that the Vector API is in. */
  private static final String INCUBATOR = "WARNING: Using incubator modules";

  /** The program's own lines on standard error. */
  List<String> errLines() {
    return err.lines().filter(line -> !line.startsWith(INCUBATOR)).toList();
  }

  /**
   * Runs a command.
   *
   * @param folder where to note what it prints
   * @param shell the command line of a shell in which {@code "$@"} is the program
   * @param environment variables to be set
   * @param options of the JVM
   * @param args of the program
   */
  static Jvm run(
      Path folder,
      String shell,
      Map<String, String> environment,
      List<String> options,
      Object... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", shell, "mnist-app"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.addAll(options);
    command.addAll(List.of("-jar", System.getProperty("mnist-app.jar")));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Files.createTempFile(folder, "in", "").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Jvm(process.waitFor(), Files.readString(out), Files.readString(err));
  }
}
