// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Shows how a step of a network divides among threads, also more than the machine has. */
public final class Division {
  private Division() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new DivisionCommand(), args));
  }
}
