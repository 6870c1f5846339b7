// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures how many images a second a whole network trains on and classifies. */
public final class Throughput {
  private Throughput() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new ThroughputCommand(System.in), args));
  }
}
