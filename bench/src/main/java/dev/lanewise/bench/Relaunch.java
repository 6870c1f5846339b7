package dev.lanewise.bench;

import dev.lanewise.engine.launch.LaunchException;
import dev.lanewise.engine.launch.SuitableJava;
import java.util.OptionalInt;

/** Sees to a suitable Java. Compiled for Java 8, as the programs that call it first. */
final class Relaunch {
  private Relaunch() {}

  /**
   * Returns if this JVM suits the benchmarks. Otherwise runs the program in one that does, and ends
   * this one with its exit code, or with one line about what is missing.
   *
   * @param program whose main method calls this
   * @param args its command line
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  static void ifNeeded(Class<?> program, String[] args) throws InterruptedException {
    try {
      OptionalInt exitCode = SuitableJava.restart(program, args);
      if (exitCode.isPresent()) {
        System.exit(exitCode.getAsInt());
      }
    } catch (LaunchException e) {
      System.err.println(program.getSimpleName() + ": " + e.getMessage());
      System.exit(e.exitCode());
    }
  }
}
