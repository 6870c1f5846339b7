// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.util.function.DoubleConsumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Measures when another program says so, for {@code bench/peers/compare.py}. */
final class Turns {
  private static final double MAX_SECONDS = 86_400; // a day
  private static final double NANOS = 1e9;

  private Turns() {}

  /**
   * Takes a turn for each line of the input, and prints an empty line after it.
   *
   * @param in each line is a number of seconds
   * @param spec the command
   * @param turn measures for some seconds, and prints
   * @throws IOException if the input cannot be read
   * @throws ParameterException if a line is not a number of seconds
   */
  static void take(InputStream in, CommandSpec spec, DoubleConsumer turn) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8));
    String line;
    while ((line = lines.readLine()) != null) {
      turn.accept(seconds(line, spec));
      out.println();
    }
  }

  private static double seconds(String line, CommandSpec spec) {
    double length;
    try {
      length = Double.parseDouble(line);
    } catch (NumberFormatException e) {
      length = Double.NaN;
    }
    if (!(length >= 0 && length <= MAX_SECONDS)) {
      throw new ParameterException(
          spec.commandLine(),
          "--turns expects seconds on standard input, at least 0 and at most a day, but was given "
              + line);
    }
    return length;
  }

  /** The rate of a step in one window. */
  static double stepsPerSecond(Runnable step, double seconds) {
    long start = System.nanoTime();
    long steps = 0;
    long elapsed;
    do {
      step.run();
      steps++;
      elapsed = System.nanoTime() - start;
    } while (elapsed < seconds * NANOS);
    return steps * NANOS / elapsed;
  }
}
