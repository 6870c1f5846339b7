// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;

/**
 * Tells C2 the class of a vector that comes out of a loop: {@code FLOAT.cast(c).intoArray(...)}.
 *
 * <p>While C2 reads bytecode, what a loop has computed is a {@code FloatVector} to it. {@code
 * intoArray} then asks that vector for its species, and C2 takes the answer from the profile of
 * {@code FloatVector.intoArray}, which all tiles share. Where vectors of two lengths are hot in a
 * JVM, the answer is not a constant, and C2 keeps as objects whatever goes into that store. The
 * class from a cast needs no profile, and no instruction stays of it. It stands in the tile itself,
 * since in a large tile C2 inlines no methods but those of the Vector API.
 */
final class VectorType {
  /** Of vectors of the preferred length. */
  static final Class<? extends FloatVector> FLOAT =
      FloatVector.SPECIES_PREFERRED.vectorType().asSubclass(FloatVector.class);

  private VectorType() {}
}
