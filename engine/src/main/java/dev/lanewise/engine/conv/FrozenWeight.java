// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv;

import dev.lanewise.engine.run.Floats;

/** Whether what was made of a weight still holds. Not thread-safe. */
public final class FrozenWeight {
  private boolean frozen;
  private float[] data; // what the last weight was; null: nothing holds
  private int offset;

  /** Nothing is frozen yet. */
  public FrozenWeight() {}

  /** Declares the weight frozen: until the next call, the same array has the same values. */
  public void freeze() {
    frozen = true;
    data = null;
  }

  /** Whether a weight was ever declared frozen. */
  public boolean isFrozen() {
    return frozen;
  }

  /** Whether this is the weight that something was last made of, and has not changed since. */
  public boolean isLast(Floats weight) {
    return frozen && data == weight.data && offset == weight.offset;
  }

  /** Something has been made of this weight, as a whole. */
  public void made(Floats weight) {
    data = weight.data;
    offset = weight.offset;
  }
}
