// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures how long an imported network takes for one image. */
public final class OnnxSpeed {
  private OnnxSpeed() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new OnnxSpeedCommand(System.in), args));
  }
}
