// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

/**
 * Tells two threads that use the same thing at once, by mistake, what they do. For the price of a
 * plain field: so it sees what overlaps by more than the moment that a write takes to reach other
 * processors, and that is nearly all. Allocates nothing.
 */
final class OneUser {
  private Thread user; // null: nobody
  private boolean disturbed; // somebody else came in between

  /** Begins a use; to be followed by {@link #leave}, whatever happens. */
  void enter() {
    require();
    user = Thread.currentThread();
    disturbed = false;
  }

  /**
   * Ends it.
   *
   * @throws IllegalStateException if it was not the only one: what it has made may be wrong
   */
  void leave() {
    boolean alone = user == Thread.currentThread() && !disturbed;
    user = null;
    if (!alone) {
      throw usedAtOnce();
    }
  }

  /**
   * Makes sure of being alone.
   *
   * @throws IllegalStateException if somebody uses it; that one will be told, too
   */
  void require() {
    if (user != null) {
      disturbed = true;
      throw usedAtOnce();
    }
  }

  private static IllegalStateException usedAtOnce() {
    return new IllegalStateException(
        "a pass is used by two threads at once: give each thread a pass of its own, or use a"
            + " Predictor");
  }
}
