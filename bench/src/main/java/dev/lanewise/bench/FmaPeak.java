// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures the rate of fused multiply-adds that the machine can reach. */
public final class FmaPeak {
  private FmaPeak() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new FmaPeakCommand(), args));
  }
}
