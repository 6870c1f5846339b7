// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;

/**
 * Arrays filled with one certain NaN. An element that a kernel should not read poisons the result,
 * and one that it should not write is found changed.
 */
public final class Guards {
  private static final int BITS = 0x7fc0beef;
  public static final float GUARD = Float.intBitsToFloat(BITS);

  private Guards() {}

  public static float[] array(int length) {
    float[] array = new float[length];
    Arrays.fill(array, GUARD);
    return array;
  }

  /**
   * Where {@code expected} holds the guard, {@code actual} must hold it too; elsewhere the bits
   * must be equal, one NaN counting as another.
   */
  public static void assertSame(float[] expected, float[] actual, String what) {
    if (expected.length != actual.length) {
      fail(what + ": " + expected.length + " elements expected, not " + actual.length);
    }
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToRawIntBits(expected[i]) == BITS) {
        if (Float.floatToRawIntBits(actual[i]) != BITS) {
          fail(what + ": wrote " + actual[i] + " over the guard at " + i);
        }
      } else if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
        fail(what + ": element " + i + " should be " + expected[i] + ", but is " + actual[i]);
      }
    }
  }
}
