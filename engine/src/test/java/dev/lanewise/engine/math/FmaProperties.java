// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The sums of doubles against {@link Math#fma}, bit for bit; one NaN is as good as another. */
final class FmaProperties {
  private static final float[] HARD = {
    0f,
    Float.MIN_VALUE,
    2 * Float.MIN_VALUE,
    3 * Float.MIN_VALUE,
    Math.nextDown(Float.MIN_NORMAL),
    Float.MIN_NORMAL,
    Math.nextUp(Float.MIN_NORMAL),
    0x1p-75f,
    0x1p-74f,
    0x1.000002p-75f,
    0x1.fffffep-76f,
    0x1p-24f,
    0x1p-23f,
    0x1.fffffep-25f,
    0x1.000002p-24f,
    0.5f,
    Math.nextDown(1f),
    1f,
    Math.nextUp(1f),
    1.5f,
    0x1.fffffep0f,
    3f,
    0x1p23f,
    0x1.000002p23f,
    0x1p24f,
    0x1.8p63f,
    0x1p64f,
    0x1p103f,
    0x1p104f,
    0x1p127f,
    Math.nextDown(Float.MAX_VALUE),
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN,
    (0x1p23f + 2895) * 0x1p-97f,
    (0x1p23f - 2894) * 0x1p-99f,
  };

  @Example
  void hardCases() {
    for (int ia = -HARD.length; ia < HARD.length; ia++) {
      for (int ib = -HARD.length; ib < HARD.length; ib++) {
        for (int ic = -HARD.length; ic < HARD.length; ic++) {
          assertSame(hard(ia), hard(ib), hard(ic));
        }
      }
    }
  }

  private static float hard(int i) {
    return i < 0 ? -HARD[-1 - i] : HARD[i];
  }

  @Property
  void anyBits(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      assertSame(any(random), any(random), any(random));
    }
  }

  private static float any(SplittableRandom random) {
    return Float.intBitsToFloat(random.nextInt());
  }

  /** Sums of few bits far apart lie on, or a little beside, the middle between two floats. */
  @Property
  void fewBits(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      int scale = random.nextInt(-140, 120);
      float a = few(random, scale / 2);
      float b = few(random, scale - scale / 2);
      assertSame(a, b, few(random, scale + random.nextInt(-50, 50)));
    }
  }

  private static float few(SplittableRandom random, int exponent) {
    int bits = random.nextInt(1, 24);
    int integer = (1 << bits) + random.nextInt(-2, 3);
    return Math.scalb(random.nextBoolean() ? integer : -integer, exponent - bits);
  }

  /** As above, made on purpose: c is a float, the product a half of its last bit and a hair. */
  @Property
  void halfwayAndAHair(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      // (2^23 + x)(2^23 - y) = 2^46 + 2^23 (x - y) - xy is near a power of two, above and below.
      int y = random.nextInt(0, 3000);
      int x = y + random.nextInt(0, 2);
      int exponent = random.nextInt(-140, 100);
      float a = Math.scalb((float) (1 << 23) + x, exponent / 2 - 23);
      float b = Math.scalb((float) (1 << 23) - y, exponent - exponent / 2 - 23);
      float c =
          Math.scalb(random.nextInt(1 << 24), exponent + 1 + random.nextInt(0, 3))
              * (random.nextBoolean() ? 1 : -1);
      assertSame(a, b, c);
    }
  }

  private static void assertSame(float a, float b, float c) {
    if (Float.floatToIntBits(Math.fma(a, b, c)) != Float.floatToIntBits(Fma.exact(a, b, c))) {
      assertEquals(Math.fma(a, b, c), Fma.exact(a, b, c), () -> text(a, b, c));
    }
    if (Float.floatToIntBits(Math.fma(a, b, c)) != Float.floatToIntBits(Fma.fma(a, b, c))) {
      assertEquals(Math.fma(a, b, c), Fma.fma(a, b, c), () -> text(a, b, c));
    }
  }

  private static String text(double a, double b, double c) {
    return Double.toHexString(a) + " * " + Double.toHexString(b) + " + " + Double.toHexString(c);
  }

  /** A mean of pixels: the factor is no float. */
  @Property
  void doublesOfModerateSize(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      double a = random.nextInt(4) == 0 ? 1.0 / random.nextInt(1, 50) : wide(random, -100, 100);
      float b = random.nextInt(4) == 0 ? any(random) : few(random, random.nextInt(-100, 100));
      double c =
          switch (random.nextInt(4)) {
            case 0 -> Math.nextUp(-a * b);
            case 1 -> a * b * random.nextInt(-3, 3) * 0x1p53;
            case 2 -> few(random, random.nextInt(-100, 100));
            default -> wide(random, -300, 300);
          };
      assertSame(a, b, c);
    }
    for (double a : new double[] {0, -0.0, 1.0 / 3, -0.1}) {
      for (int ib = -HARD.length; ib < HARD.length; ib++) {
        for (int ic = -HARD.length; ic < HARD.length; ic++) {
          assertSame(a, hard(ib), (double) hard(ic));
        }
      }
    }
  }

  private static double wide(SplittableRandom random, int from, int to) {
    return Math.scalb(1 + random.nextDouble(), random.nextInt(from, to))
        * (random.nextBoolean() ? 1 : -1);
  }

  private static void assertSame(double a, float b, double c) {
    long expected = Double.doubleToLongBits(Math.fma(a, (double) b, c));
    if (expected != Double.doubleToLongBits(Fma.exact(a, b, c))
        || expected != Double.doubleToLongBits(Fma.fma(a, b, c))) {
      assertEquals(Math.fma(a, (double) b, c), Fma.exact(a, b, c), () -> text(a, b, c));
    }
    double ofFloats = Math.fma((double) (float) a, (double) b, c);
    double plain = (double) (float) a * b + c;
    assertEquals(Double.doubleToLongBits(ofFloats), Double.doubleToLongBits(plain));
    assertEquals(
        Double.doubleToLongBits(ofFloats), Double.doubleToLongBits(Fma.fma((float) a, b, c)));
  }
}
