// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What a task says of itself to all others when a stage begins.
 *
 * @param host where it listens
 * @param port where it listens
 * @param version of its library
 * @param newest the epoch after which it has found a checkpoint, 0 for none: that of the first task
 *     holds for all
 */
record Introduction(String host, int port, String version, int newest) {
  private static Introduction of(String line) {
    String[] parts = line.split(" ");
    return new Introduction(
        parts[0], Integer.parseInt(parts[1]), parts[2], Integer.parseInt(parts[3]));
  }

  /**
   * What all tasks have said.
   *
   * @param lines of each task its {@link #line}
   * @throws LanewiseSparkException if they have different versions of the library
   */
  static List<Introduction> of(String[] lines) {
    List<Introduction> all = new ArrayList<>();
    for (String line : lines) {
      all.add(of(line));
      if (!all.getLast().version.equals(all.getFirst().version)) {
        throw new LanewiseSparkException(
            ("executors have different versions of Lanewise: " + all.getFirst().version + " on ")
                + (all.getFirst().host + " and " + all.getLast().version)
                + (" on " + all.getLast().host));
      }
    }
    return all;
  }

  String line() {
    return String.join(" ", host, Integer.toString(port), version, Integer.toString(newest));
  }

  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }
}
