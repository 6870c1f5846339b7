// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

/** A request that is not answered, with the status and one line that says why. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;

  Refusal(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  static Refusal badRequest(String message) {
    return new Refusal(400, message);
  }

  int status() {
    return status;
  }
}
