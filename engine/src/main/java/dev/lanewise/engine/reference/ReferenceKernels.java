// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.reference;

import dev.lanewise.engine.kernel.Kernels;

/** The back end in plain Java. */
public final class ReferenceKernels {
  private ReferenceKernels() {}

  /**
   * Creates the back end.
   *
   * @return the back end; it has no state
   */
  public static Kernels create() {
    return new Kernels(
        "plain Java",
        new ReferenceTuning(),
        new ReferenceMatrix(),
        new ReferenceTaps(),
        new ReferenceGroups(),
        new ReferencePooling(),
        new ReferenceNormalization(),
        new ReferenceElements(),
        new ReferenceWinograd());
  }
}
