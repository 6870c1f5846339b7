// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.math.Fma;

/**
 * The exponential function in single precision, the same bits on every machine.
 *
 * <p>{@code exp(x) = 2^n * exp(r)} with {@code n = round(x / ln 2)} and {@code |r| <= ln(2) / 2};
 * {@code exp(r)} is the Taylor polynomial of degree 7, whose remainder, {@code r^8 / 8!} relative
 * to 1, is below 5.3e-9 there. The reduction with ln 2 in two parts is Cody and Waite's ("Software
 * Manual for the Elementary Functions", 1980). The Vector API's own EXP is not used: its bits
 * change when the JIT compiler takes over.
 *
 * <p>Error, over every float: at most 0.94 units in the last place; NaN for NaN; 0 from -104
 * downwards; infinity from 88.73 upwards.
 */
public final class Exp {
  /** Below it the result is 0, above {@link #MAX} infinity. */
  public static final float MIN = -104f;

  /** From here on the result overflows. */
  public static final float MAX = 89f;

  /** 1 / ln 2. */
  public static final float LOG2_E = 1.44269504f;

  /** Adding and subtracting it rounds to an integer: 1.5 * 2^23. */
  public static final float ROUND = 0x1.8p23f;

  /** The leading 15 bits of ln 2, so that n * LN2_HIGH is exact. */
  public static final float LN2_HIGH = 0x1.62e4p-1f;

  /** ln 2 - LN2_HIGH. */
  public static final float LN2_LOW = 0x1.7f7d1cp-20f;

  /** 1/7! and so on: the Taylor coefficients from the highest down. */
  public static final float C7 = 1f / 5040;

  /** 1/6!. */
  public static final float C6 = 1f / 720;

  /** 1/5!. */
  public static final float C5 = 1f / 120;

  /** 1/4!. */
  public static final float C4 = 1f / 24;

  /** 1/3!. */
  public static final float C3 = 1f / 6;

  /** 1/2!. */
  public static final float C2 = 0.5f;

  private Exp() {}

  /**
   * The exponential function of one number; the model of the vector version.
   *
   * @param x any value
   * @return e to the power of x
   */
  public static float exp(float x) {
    float z = Math.max(MIN, Math.min(MAX, x));
    float shifted = Fma.fma(z, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Fma.fma(-n, LN2_LOW, Fma.fma(-n, LN2_HIGH, z));
    float p = Fma.fma(C7, r, C6);
    p = Fma.fma(p, r, C5);
    p = Fma.fma(p, r, C4);
    p = Fma.fma(p, r, C3);
    p = Fma.fma(p, r, C2);
    p = Fma.fma(p, r, 1f);
    p = Fma.fma(p, r, 1f);
    // 2^n in two factors, since n runs from -150 to 128.
    int power = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUND);
    int half = power >> 1;
    return p
        * Float.intBitsToFloat((half + 127) << 23)
        * Float.intBitsToFloat((power - half + 127) << 23);
  }
}
