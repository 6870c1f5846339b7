// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Measures what a layer of a user adds to a training step, against its own work. */
public final class LayerCost {
  private LayerCost() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new LayerCostCommand(), args));
  }
}
