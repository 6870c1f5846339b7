// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.run.Floats;

/** What ends a forward pass while its output is still in the cache. */
public enum Epilogue {
  /** Nothing. */
  NONE,
  /** The rectifier: {@code y = max(y, 0)}; NaN stays NaN. */
  RELU;

  /**
   * What zeroes an output where it is not positive: for the rectifier the output itself.
   *
   * @return {@code null} for nothing
   */
  Floats gate(Floats y) {
    return this == RELU ? y : null;
  }
}
