// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures how many images a second single layers let through. */
public final class LayerSpeed {
  private LayerSpeed() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new LayerSpeedCommand(System.in), args));
  }
}
