// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.Kernels;
import jdk.incubator.vector.FloatVector;

/** The back end on the Vector API: one class per family of kernels, brought together here. */
public final class SimdKernels {
  private SimdKernels() {}

  /**
   * Creates the back end. To be called only where the module {@code jdk.incubator.vector} is there.
   *
   * @return the back end; it has no state
   */
  public static Kernels create() {
    return new Kernels(
        "Vector API, " + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits",
        new SimdTuning(),
        new SimdMatrix(),
        new SimdTaps(),
        new SimdGroups(),
        new SimdPooling(),
        new SimdNormalization(),
        new SimdElements(),
        new SimdWinograd());
  }
}
