// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.Tuning;

/** Plain loops have no preferences. */
final class ReferenceTuning implements Tuning {
  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public int panelWidth(int n) {
    return n;
  }
}
