package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of half the machine's lanes, for feature maps of few channels. */
final class HalfVector {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  /** Lanes of half a vector; 0 where vectors are too short to be halved. */
  static final int LANES = V >= 8 ? V / 2 : 0;

  /** The species; not to be used where {@link #LANES} is 0. */
  static final VectorSpecies<Float> SPECIES =
      LANES == 0
          ? FloatVector.SPECIES_PREFERRED
          : VectorSpecies.of(float.class, VectorShape.forBitSize(LANES * Float.SIZE));

  private HalfVector() {}

  /** Whether half a vector holds exactly this many elements. */
  static boolean holds(int elements) {
    return LANES > 0 && elements == LANES;
  }
}
