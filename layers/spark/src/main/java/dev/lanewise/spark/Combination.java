// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Adds numbers of which each is 0 in all tasks but one. */
final class Combination implements PeerLinks.Talk {
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final double[] mine;
  private final double[] sums;
  private final boolean[] sent; // [task]
  private final boolean[] received; // [task]
  private int missing; // messages

  /**
   * A combination.
   *
   * @param numbers as many in each task; afterwards the sums
   * @param tasks how many tasks there are
   */
  Combination(double[] numbers, int tasks) {
    mine = numbers.clone();
    sums = numbers;
    sent = new boolean[tasks];
    received = new boolean[tasks];
    missing = 2 * (tasks - 1);
  }

  /** How long a message is. */
  int bytes() {
    return mine.length * Double.BYTES;
  }

  @Override
  public boolean send(int task, PeerLink link) throws IOException {
    if (sent[task]) {
      return false;
    }
    sent[task] = true;
    missing--;
    MemorySegment.copy(mine, 0, link.outgoing(), DOUBLE, 0, mine.length);
    link.send(PeerLink.PART, bytes());
    return true;
  }

  @Override
  public int expected(int task, int kind) {
    return received[task] || kind != PeerLink.PART ? -1 : bytes();
  }

  @Override
  public void receive(int task, PeerLink link) throws IOException {
    received[task] = true;
    missing--;
    MemorySegment message = link.received();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += message.get(DOUBLE, (long) i * Double.BYTES);
    }
  }

  @Override
  public boolean isDone() {
    return missing == 0;
  }
}
