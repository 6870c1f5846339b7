// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All visitors, by a key that nobody can guess. Those that have been away for longest are forgotten
 * where there are too many, or their networks too large. Thread-safe.
 */
final class Visitors {
  private static final int MOST = 256;

  private final Sources.Start start;
  private final long mostBytes;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Visitor> byKey = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param mostBytes what all networks may take
   */
  Visitors(Sources.Start start, long mostBytes) {
    this.start = start;
    this.mostBytes = mostBytes;
  }

  /** A new visitor; returns the key. */
  String add() {
    byte[] key = new byte[16];
    random.nextBytes(key);
    String text = HexFormat.of().formatHex(key);
    Visitor visitor = new Visitor(start);
    synchronized (this) {
      byKey.put(text, visitor);
    }
    forgetSome(visitor);
    return text;
  }

  /**
   * A visitor that is known.
   *
   * @throws Refusal if there is none
   */
  synchronized Visitor get(String key) throws Refusal {
    Visitor visitor = byKey.get(key);
    if (visitor == null) {
      throw new Refusal(404, "this visit is over: load the page again");
    }
    return visitor;
  }

  /** Forgets visitors until the others fit; never the present one. */
  void forgetSome(Visitor present) {
    Map<String, Visitor> gone = new LinkedHashMap<>();
    synchronized (this) {
      long bytes = 0;
      for (Visitor visitor : byKey.values()) {
        bytes += visitor.bytes();
      }
      Iterator<Map.Entry<String, Visitor>> eldest = byKey.entrySet().iterator();
      while (eldest.hasNext() && (byKey.size() > MOST || bytes > mostBytes)) {
        Map.Entry<String, Visitor> entry = eldest.next();
        if (entry.getValue() != present) {
          bytes -= entry.getValue().bytes();
          gone.put(entry.getKey(), entry.getValue());
          eldest.remove();
        }
      }
    }
    gone.values().forEach(visitor -> visitor.live(null));
  }

  /** Whether one network alone would be too large. */
  boolean tooLarge(long bytes) {
    return bytes > mostBytes / 2;
  }

  synchronized int count() {
    return byKey.size();
  }

  /** Stops what they train. */
  void close() {
    Map<String, Visitor> all;
    synchronized (this) {
      all = new LinkedHashMap<>(byKey);
      byKey.clear();
    }
    all.values().forEach(visitor -> visitor.live(null));
  }
}
