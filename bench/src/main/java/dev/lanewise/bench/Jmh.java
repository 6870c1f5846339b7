package dev.lanewise.bench;

import java.io.IOException;
import picocli.CommandLine.ExitCode;

/** The main class of the jar: JMH, which runs the benchmarks of the kernels. */
public final class Jmh {
  private Jmh() {}

  /**
   * Runs the benchmarks. Without the Vector API it prints one line about the flag that is missing,
   * and ends with exit code 2.
   *
   * @param args see {@code -h}
   * @throws IOException if JMH cannot write its results
   */
  public static void main(String[] args) throws IOException {
    if (!VectorApi.isPresent()) {
      System.err.println(VectorApi.MISSING);
      System.exit(ExitCode.USAGE);
    }
    org.openjdk.jmh.Main.main(args);
  }
}
