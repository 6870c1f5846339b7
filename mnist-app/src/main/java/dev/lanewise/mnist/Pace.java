// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Says how far long work has come, in a line every few seconds. Thread-safe.
 *
 * <p>The environment variable {@code LANEWISE_NOTE_SECONDS} sets the seconds. The tests set them,
 * so that what a command prints does not depend on how fast the machine is.
 */
final class Pace {
  private static final String SECONDS = System.getenv().getOrDefault("LANEWISE_NOTE_SECONDS", "");

  private final Consumer<String> notice;
  private final long nanos;
  private final AtomicLong told = new AtomicLong(System.nanoTime());

  /**
   * Begins to count the seconds.
   *
   * @param notice receives the lines
   */
  Pace(Consumer<String> notice) {
    this(notice, nanos(3));
  }

  /** The nanoseconds between two lines, unless the environment says otherwise. */
  static long nanos(long seconds) {
    return TimeUnit.SECONDS.toNanos(
        SECONDS.matches("\\d{1,9}") ? Long.parseLong(SECONDS) : seconds);
  }

  /** Another time between two lines. */
  Pace(Consumer<String> notice, long nanos) {
    this.notice = notice;
    this.nanos = nanos;
  }

  /** Counts the seconds from now on. */
  void restart() {
    told.set(System.nanoTime());
  }

  /** Says a line, unless it is too early. */
  void tell(Supplier<String> line) {
    long last = told.get();
    long now = System.nanoTime();
    if (now - last >= nanos && told.compareAndSet(last, now)) {
      notice.accept(line.get());
    }
  }
}
