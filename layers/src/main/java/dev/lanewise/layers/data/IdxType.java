// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.ByteBuffer;

/** The types of values that the IDX format has, all of them big-endian. */
enum IdxType {
  UNSIGNED_BYTE(0x08, 1, true),
  SIGNED_BYTE(0x09, 1, true),
  SHORT(0x0B, 2, true),
  INT(0x0C, 4, true),
  FLOAT(0x0D, 4, false),
  DOUBLE(0x0E, 8, false);

  /** What the third byte of a file says. */
  final int code;

  /** The bytes of a value. */
  final int bytes;

  /** Whether values are integers. */
  final boolean integer;

  IdxType(int code, int bytes, boolean integer) {
    this.code = code;
    this.bytes = bytes;
    this.integer = integer;
  }

  /** The type of a code; {@code null} if there is none. */
  static IdxType of(int code) {
    for (IdxType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }

  /**
   * A value, without loss.
   *
   * @param values the values one after another
   * @param index the number of the one wanted
   */
  double get(ByteBuffer values, int index) {
    return switch (this) {
      case UNSIGNED_BYTE -> values.get(index) & 0xFF;
      case SIGNED_BYTE -> values.get(index);
      case SHORT -> values.getShort(2 * index);
      case INT -> values.getInt(4 * index);
      case FLOAT -> values.getFloat(4 * index);
      case DOUBLE -> values.getDouble(8 * index);
    };
  }
}
