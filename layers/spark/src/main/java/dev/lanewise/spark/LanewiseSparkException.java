// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

/** What is wrong with data, parameters or a cluster, in one line, on the driver. */
public final class LanewiseSparkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is wrong.
   *
   * @param message what is wrong, where, and what was expected
   */
  public LanewiseSparkException(String message) {
    super(message);
  }

  /**
   * Says what is wrong, and why.
   *
   * @param message what is wrong, where, and what was expected
   * @param cause why
   */
  public LanewiseSparkException(String message, Throwable cause) {
    super(message, cause);
  }
}
