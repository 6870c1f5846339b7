// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Says how far long work has come, in a line every few seconds. Thread-safe. */
final class Pace {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(3);

  private final Consumer<String> notice;
  private final long nanos;
  private final AtomicLong told = new AtomicLong(System.nanoTime());

  /**
   * Begins to count the seconds.
   *
   * @param notice receives the lines
   */
  Pace(Consumer<String> notice) {
    this(notice, NANOS);
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
