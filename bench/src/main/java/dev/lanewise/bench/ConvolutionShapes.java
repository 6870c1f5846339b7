// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures convolutions of many shapes. */
public final class ConvolutionShapes {
  private ConvolutionShapes() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new ConvolutionShapesCommand(), args));
  }
}
