// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The place of an image in the order of a data set: the first 16 bytes of the SHA-256 of its bytes,
 * as {@link RowLayout} has them, compared as unsigned numbers. So the order depends on what the
 * rows are, not on where they come from. Equal rows have equal keys; which of them comes first
 * makes no difference.
 *
 * @param high the first 8 bytes
 * @param low the next 8 bytes
 */
record RowKey(long high, long low) implements Comparable<RowKey>, Serializable {
  /** Before all others, and of no row: of what is wrong with one. */
  static final RowKey FAULT = new RowKey(0, 0);

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }

  /** The key of a row of {@link TrainingRows}, in its bytes. */
  static RowKey of(byte[] row, MessageDigest digest) {
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(row)).order(ByteOrder.BIG_ENDIAN);
    return new RowKey(hash.getLong(), hash.getLong());
  }

  @Override
  public int compareTo(RowKey other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }
}
