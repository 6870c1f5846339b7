// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Calls that must be refused. */
public final class Refusals {
  private Refusals() {}

  /** The call throws, and its message contains {@code part}. */
  public static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
