// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import dev.lanewise.engine.run.Floats;

/** Operands of tests. */
public final class Views {
  private Views() {}

  /** The elements of an array from an offset on; {@code null} for {@code null}. */
  public static Floats at(float[] data, int offset) {
    return data == null ? null : new Floats(data, offset, data.length - offset);
  }
}
