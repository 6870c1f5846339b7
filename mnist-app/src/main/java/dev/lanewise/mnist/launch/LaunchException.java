// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

/** A program cannot run: there is no suitable Java, or it does not start. */
public final class LaunchException extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  LaunchException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /**
   * What the program should end with. {@link #getMessage} is the one line to print before.
   *
   * @return 2 if no suitable Java was found, 4 if one was found but could not be started
   */
  public int exitCode() {
    return exitCode;
  }
}
