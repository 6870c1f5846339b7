// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

/** Values of 8 bits as floats from 0 to 1. */
final class Pixels {
  private Pixels() {}

  /**
   * Converts unsigned bytes: {@code value / 255f}.
   *
   * @param pixels the bytes
   * @param from the first one
   * @param x receives the floats
   * @param to where the first one goes
   * @param count how many
   */
  static void toFloats(byte[] pixels, int from, float[] x, int to, int count) {
    for (int i = 0; i < count; i++) {
      x[to + i] = unsigned(pixels[from + i]) / 255f;
    }
  }

  /**
   * A byte taken as unsigned, {@code value & 0xFF}, in arithmetic that C2 turns into vectors; it
   * does so for conversions of signed bytes alone, and for no table. What is added and taken away
   * leaves no fraction: -128 to -1 become -1, and 0 to 127 become 0, for which 0.499 is enough
   * below a half and above 127 / 256.
   */
  private static float unsigned(float value) {
    float wraps = value * 0x1p-8f - 0.499f + 0x1.8p23f - 0x1.8p23f;
    return value - 256f * wraps;
  }
}
