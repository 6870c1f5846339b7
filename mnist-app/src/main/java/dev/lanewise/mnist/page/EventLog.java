// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import java.util.ArrayList;
import java.util.List;

/** Events in order, for any number of readers who may come late. Thread-safe. */
final class EventLog {
  /**
   * An event.
   *
   * @param type what kind it is
   * @param data one line
   */
  record Event(String type, String data) {}

  private final List<Event> events = new ArrayList<>();
  private boolean closed;

  synchronized void add(String type, String data) {
    if (!closed) {
      events.add(new Event(type, data));
      notifyAll();
    }
  }

  /** Says that no more will come. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /**
   * Waits for events.
   *
   * @param from the number of the first one wanted
   * @param millis how long to wait at most
   * @return those there are; empty if none came; {@code null} if none will come
   */
  synchronized List<Event> await(int from, long millis) throws InterruptedException {
    if (events.size() <= from && !closed) {
      wait(millis);
    }
    if (events.size() > from) {
      return List.copyOf(events.subList(from, events.size()));
    }
    return closed ? null : List.of();
  }
}
