// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

/**
 * Fused multiply-add, {@code a * b + c} with a single rounding, at a bearable price on every
 * machine: the bits are those of {@link Math#fma} everywhere.
 *
 * <p>{@code Math.fma} is one instruction where the processor has it and the JVM uses it. Elsewhere
 * (x86 before 2013, some virtual machines, {@code -XX:-UseFMA}) it computes with {@code
 * BigDecimal}, thousands of times slower. There the sum is made of two additions of doubles, whose
 * rounding error is itself a double (Møller 1965, Knuth, The Art of Computer Programming 2, 4.2.2):
 * the product of two floats is exact in double, and its sum with c, rounded to odd, rounds to float
 * as the exact sum does (Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008).
 *
 * <p>Which of them is used never affects a result. NaN is NaN, whatever its payload.
 */
public final class Fma {
  /** A probe calls this often; some 40 microseconds each without the instruction. */
  private static final int CALLS = 16;

  private static final int ROUNDS = 4;

  /** Between one instruction (1) and BigDecimal, interpreted or compiled (1000, 100). */
  private static final int MUCH_SLOWER = 20;

  /** Clocks may tick no more often. */
  private static final long TICK_NANOS = 200;

  private static final boolean FAST = probe();

  private static final long TIE_BITS = (1L << 28) - 1;
  private static final double SPLITTER = (1 << 27) + 1;

  private Fma() {}

  /**
   * Whether {@link Math#fma} is an instruction of this machine.
   *
   * @return by a measurement of some microseconds when this class is loaded
   */
  public static boolean isInstruction() {
    return FAST;
  }

  /**
   * {@code a * b + c}, rounded once.
   *
   * @param a a factor
   * @param b a factor
   * @param c the term
   * @return as {@link Math#fma(float, float, float)}
   */
  public static float fma(float a, float b, float c) {
    return FAST ? Math.fma(a, b, c) : exact(a, b, c);
  }

  /**
   * {@code a * b + c}, rounded once to double.
   *
   * @param a a factor
   * @param b a factor
   * @param c the term
   * @return as {@link Math#fma(double, double, double)}
   */
  public static double fma(float a, float b, double c) {
    // The product is exact either way; one instruction is faster than two.
    return FAST ? Math.fma((double) a, (double) b, c) : (double) a * b + c;
  }

  /**
   * {@code a * b + c}, rounded once to double, for a factor that is a double of moderate size.
   *
   * @param a a factor; zero, or of a size from 2^-100 to 2^100
   * @param b a factor
   * @param c the term; zero, or of a size from 2^-300 to 2^900, infinite or NaN
   * @return as {@link Math#fma(double, double, double)}
   */
  public static double fma(double a, float b, double c) {
    return FAST ? Math.fma(a, (double) b, c) : exact(a, b, c);
  }

  static float exact(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    // Whatever was lost, rounding again to float goes wrong only from halfway between two floats.
    if ((Double.doubleToRawLongBits(sum) & TIE_BITS) != 0) {
      return (float) sum;
    }
    return (float) toOdd(sum, error(product, c, sum));
  }

  static double exact(double a, float b, double c) {
    double product = a * b;
    double plain = product + c;
    if (product == 0 || !(Math.abs(plain) < Double.POSITIVE_INFINITY)) {
      return plain; // exact, infinite or NaN
    }
    // a * b = product + low, by Dekker (1971): b has half as many bits as a already.
    double scaled = SPLITTER * a;
    double high = scaled - (scaled - a);
    double low = high * b - product + (a - high) * b;
    double sumLow = c + low;
    double errorLow = error(c, low, sumLow);
    double sumHigh = product + sumLow;
    double errorHigh = error(product, sumLow, sumHigh);
    double rest = errorLow + errorHigh;
    return sumHigh + toOdd(rest, error(errorLow, errorHigh, rest));
  }

  /** What {@code sum}, the rounded sum of x and y, lacks; NaN where it is not finite. */
  private static double error(double x, double y, double sum) {
    double yPart = sum - x;
    return (x - (sum - yPart)) + (y - yPart);
  }

  /** Of the doubles around {@code sum + error} the odd one; {@code sum} if there is no error. */
  private static double toOdd(double sum, double error) {
    long bits = Double.doubleToRawLongBits(sum);
    if (error > 0 || error < 0) { // not NaN
      if (error > 0 != sum > 0) {
        bits--;
      }
      bits |= 1;
    }
    return Double.longBitsToDouble(bits);
  }

  private static boolean probe() {
    long fma = Long.MAX_VALUE;
    long plain = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) { // the best of each: a pause is no slowness
      // Far apart, so that BigDecimal has hundreds of digits. Sums that are used cannot be left
      // out.
      float a = 0x1p-126f;
      float c = Float.MAX_VALUE;
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        c = Math.fma(a, a, c);
      }
      long middle = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        c = multiplyAdd(a, a, c);
      }
      plain = Math.min(plain, System.nanoTime() - middle);
      fma = Math.min(fma, middle - start);
      if (c == 0 || fma <= MUCH_SLOWER * Math.max(plain, TICK_NANOS)) {
        return true;
      }
    }
    return false;
  }

  /** A call, like that of {@code Math.fma} in an interpreter. */
  private static float multiplyAdd(float a, float b, float c) {
    return a * b + c;
  }
}
