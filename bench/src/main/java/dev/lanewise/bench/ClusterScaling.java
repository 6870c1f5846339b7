// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** Simulates trainings by several machines, from what was measured on one. */
public final class ClusterScaling {
  private ClusterScaling() {}

  /**
   * Runs the simulation; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(Commands.run(new ClusterScalingCommand(), args));
  }
}
