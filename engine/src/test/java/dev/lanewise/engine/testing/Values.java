// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import java.util.SplittableRandom;

/** Kinds of test data. */
public enum Values {
  /** From -4 to 4, so that every sum in a test is exact. */
  INTEGERS {
    @Override
    public float draw(SplittableRandom random) {
      return random.nextInt(9) - 4;
    }
  },
  /** Ordinary numbers of both signs, over some orders of magnitude. */
  REALS {
    @Override
    public float draw(SplittableRandom random) {
      return (float) Math.scalb(2 * random.nextDouble() - 1, random.nextInt(8) - 4);
    }
  },
  /** Reals with NaN, infinities, zeros of both signs, denormals and extremes among them. */
  SPECIAL {
    @Override
    public float draw(SplittableRandom random) {
      return switch (random.nextInt(24)) {
        case 0 -> Float.NaN;
        case 1 -> Float.POSITIVE_INFINITY;
        case 2 -> Float.NEGATIVE_INFINITY;
        case 3 -> -0.0f;
        case 4 -> 0.0f;
        case 5 -> Float.MIN_VALUE;
        case 6 -> -Float.MIN_NORMAL * 0.7f;
        case 7 -> Float.MAX_VALUE;
        case 8 -> -Float.MAX_VALUE;
        case 9 -> Float.MIN_NORMAL;
        case 10, 11 -> Float.intBitsToFloat(random.nextInt());
        default -> REALS.draw(random);
      };
    }
  };

  public abstract float draw(SplittableRandom random);

  /** n values, from index {@code offset} of an array with guards on both sides. */
  public float[] guarded(int offset, int n, int after, SplittableRandom random) {
    float[] array = Guards.array(offset + n + after);
    for (int i = 0; i < n; i++) {
      array[offset + i] = draw(random);
    }
    return array;
  }

  /** n values. */
  public float[] array(int n, SplittableRandom random) {
    return guarded(0, n, 0, random);
  }
}
