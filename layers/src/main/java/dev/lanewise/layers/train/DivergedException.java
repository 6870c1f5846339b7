// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

/** A loss or a parameter is no longer finite, so the training cannot go on. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Describes what is not finite, and where.
   *
   * @param message what is not finite, and at which step
   */
  public DivergedException(String message) {
    super(message);
  }
}
