// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.math.Hyperbolic;
import java.util.Locale;

/**
 * A function of single elements, of up to three of them and up to two numbers, with its partial
 * derivatives where training makes sense of them. What is rare is computed by {@link StrictMath},
 * in double precision: the same bits on every machine.
 */
enum PointOp {
  // One element.
  ABS(1, (x, y, z, a, b) -> Math.abs(x), (x, y, z, v, a, b) -> Math.signum(x)),
  ACOS(1, (x, y, z, a, b) -> (float) StrictMath.acos(x)),
  ACOSH(1, (x, y, z, a, b) -> (float) acosh(x)),
  ASIN(1, (x, y, z, a, b) -> (float) StrictMath.asin(x)),
  ASINH(1, (x, y, z, a, b) -> (float) asinh(x)),
  ATAN(1, (x, y, z, a, b) -> (float) StrictMath.atan(x), (x, y, z, v, a, b) -> 1 / (1 + x * x)),
  ATANH(1, (x, y, z, a, b) -> (float) atanh(x)),
  CEIL(1, (x, y, z, a, b) -> (float) Math.ceil(x)),
  /** From a to b. */
  CLIP(
      1,
      (x, y, z, a, b) -> Math.min(Math.max(x, a), b),
      (x, y, z, v, a, b) -> x >= a && x <= b ? 1 : 0),
  COS(1, (x, y, z, a, b) -> (float) StrictMath.cos(x), (x, y, z, v, a, b) -> -sin(x)),
  COSH(1, (x, y, z, a, b) -> (float) StrictMath.cosh(x)),
  ERF(
      1,
      (x, y, z, a, b) -> (float) Erf.of(x),
      (x, y, z, v, a, b) -> (float) (Erf.SLOPE * StrictMath.exp(-(double) x * x))),
  EXP(1, (x, y, z, a, b) -> (float) StrictMath.exp(x), (x, y, z, v, a, b) -> v),
  FLOOR(1, (x, y, z, a, b) -> (float) Math.floor(x)),
  /** {@code max(0, min(1, a * x + b))}. */
  HARD_SIGMOID(
      1,
      (x, y, z, a, b) -> Math.max(0f, Math.min(1f, Fma.fma(a, x, b))),
      (x, y, z, v, a, b) -> v > 0 && v < 1 ? a : 0),
  IDENTITY(1, (x, y, z, a, b) -> x, (x, y, z, v, a, b) -> 1),
  IS_INF(1, (x, y, z, a, b) -> truth(Float.isInfinite(x))),
  IS_NAN(1, (x, y, z, a, b) -> truth(x != x)),
  LOG(1, (x, y, z, a, b) -> (float) StrictMath.log(x), (x, y, z, v, a, b) -> 1 / x),
  NEG(1, (x, y, z, a, b) -> -x, (x, y, z, v, a, b) -> -1),
  NOT(1, (x, y, z, a, b) -> truth(x == 0)),
  RECIPROCAL(1, (x, y, z, a, b) -> 1 / x, (x, y, z, v, a, b) -> -v * v),
  RELU(1, (x, y, z, a, b) -> Math.max(x, 0f), (x, y, z, v, a, b) -> x > 0 ? 1 : 0),
  /** To the nearest whole number, of two to the even one. */
  ROUND(1, (x, y, z, a, b) -> (float) Math.rint(x)),
  /** SELU with any factors: a for negative values, b for all. */
  SELU(
      1,
      (x, y, z, a, b) -> b * (x > 0 ? x : a * Hyperbolic.expMinus1(x)),
      (x, y, z, v, a, b) -> x > 0 ? b : Fma.fma(a, b, v)),
  /** What is within a of 0 becomes 0, all else comes nearer to it by b. */
  SHRINK(
      1,
      (x, y, z, a, b) -> x < -a ? x + b : x > a ? x - b : 0,
      (x, y, z, v, a, b) -> x < -a || x > a ? 1 : 0),
  SIGMOID(
      1,
      (x, y, z, a, b) -> (float) (1 / (1 + StrictMath.exp(-(double) x))),
      (x, y, z, v, a, b) -> v * (1 - v)),
  SIGN(1, (x, y, z, a, b) -> Math.signum(x)),
  SIN(1, (x, y, z, a, b) -> sin(x), (x, y, z, v, a, b) -> (float) StrictMath.cos(x)),
  SINH(1, (x, y, z, a, b) -> (float) StrictMath.sinh(x)),
  SOFTSIGN(
      1, (x, y, z, a, b) -> x / (1 + Math.abs(x)), (x, y, z, v, a, b) -> square(1 - Math.abs(v))),
  SQRT(1, (x, y, z, a, b) -> (float) Math.sqrt(x), (x, y, z, v, a, b) -> 0.5f / v),
  /** {@code x * sigmoid(a * x)}. */
  SWISH(
      1,
      (x, y, z, a, b) -> (float) (x / (1 + StrictMath.exp(-(double) a * x))),
      (x, y, z, v, a, b) -> swishSlope(x, a)),
  TAN(1, (x, y, z, a, b) -> (float) StrictMath.tan(x)),
  TANH(1, (x, y, z, a, b) -> Hyperbolic.tanh(x), (x, y, z, v, a, b) -> 1 - v * v),
  /** x where it is above a. */
  THRESHOLD(1, (x, y, z, a, b) -> x > a ? x : 0, (x, y, z, v, a, b) -> x > a ? 1 : 0),
  /** Towards 0. */
  TRUNCATE(1, (x, y, z, a, b) -> (float) (x < 0 ? Math.ceil(x) : Math.floor(x))),
  TRUTH(1, (x, y, z, a, b) -> truth(x != 0)),

  // Two elements.
  ADD(2, (x, y, z, a, b) -> x + y, (x, y, z, v, a, b) -> 1, (x, y, z, v, a, b) -> 1),
  AND(2, (x, y, z, a, b) -> truth(x != 0 && y != 0)),
  DIV(2, (x, y, z, a, b) -> x / y, (x, y, z, v, a, b) -> 1 / y, (x, y, z, v, a, b) -> -v / y),
  EQUAL(2, (x, y, z, a, b) -> truth(x == y)),
  /** The remainder with the sign of x. */
  FMOD(2, (x, y, z, a, b) -> x % y),
  GREATER(2, (x, y, z, a, b) -> truth(x > y)),
  GREATER_OR_EQUAL(2, (x, y, z, a, b) -> truth(x >= y)),
  LESS(2, (x, y, z, a, b) -> truth(x < y)),
  LESS_OR_EQUAL(2, (x, y, z, a, b) -> truth(x <= y)),
  MAX(
      2,
      (x, y, z, a, b) -> Math.max(x, y),
      (x, y, z, v, a, b) -> x >= y ? 1 : 0,
      (x, y, z, v, a, b) -> x >= y ? 0 : 1),
  MIN(
      2,
      (x, y, z, a, b) -> Math.min(x, y),
      (x, y, z, v, a, b) -> x <= y ? 1 : 0,
      (x, y, z, v, a, b) -> x <= y ? 0 : 1),
  /** The remainder with the sign of y. */
  MOD(2, (x, y, z, a, b) -> mod(x, y)),
  MUL(2, (x, y, z, a, b) -> x * y, (x, y, z, v, a, b) -> y, (x, y, z, v, a, b) -> x),
  OR(2, (x, y, z, a, b) -> truth(x != 0 || y != 0)),
  POW(
      2,
      (x, y, z, a, b) -> pow(x, y),
      (x, y, z, v, a, b) -> y * pow(x, y - 1),
      (x, y, z, v, a, b) -> x > 0 ? v * (float) StrictMath.log(x) : 0),
  /** x, or {@code y * x} where it is negative. */
  PRELU(
      2,
      (x, y, z, a, b) -> x < 0 ? y * x : x,
      (x, y, z, v, a, b) -> x < 0 ? y : 1,
      (x, y, z, v, a, b) -> x < 0 ? x : 0),
  SUB(2, (x, y, z, a, b) -> x - y, (x, y, z, v, a, b) -> 1, (x, y, z, v, a, b) -> -1),
  XOR(2, (x, y, z, a, b) -> truth(x != 0 ^ y != 0)),

  // Three elements.
  /** y where x is true, else z. */
  WHERE(
      3,
      (x, y, z, a, b) -> x != 0 ? y : z,
      (x, y, z, v, a, b) -> 0,
      (x, y, z, v, a, b) -> x != 0 ? 1 : 0,
      (x, y, z, v, a, b) -> x != 0 ? 0 : 1);

  /** A function of elements x, y and z and of the numbers a and b. */
  @FunctionalInterface
  interface Function {
    float of(float x, float y, float z, float a, float b);
  }

  /** A partial derivative, which may use the result v. */
  @FunctionalInterface
  interface Slope {
    float of(float x, float y, float z, float v, float a, float b);
  }

  private final int arity;
  private final Function function;
  private final Slope[] slopes;

  PointOp(int arity, Function function, Slope... slopes) {
    this.arity = arity;
    this.function = function;
    this.slopes = slopes;
  }

  /** How many elements it is a function of. */
  int arity() {
    return arity;
  }

  Function function() {
    return function;
  }

  boolean hasBackward() {
    return slopes.length > 0;
  }

  /** The partial derivative with respect to x, y or z. */
  Slope slope(int operand) {
    return slopes[operand];
  }

  /** Whether the result is true or false. */
  boolean isTruth() {
    return switch (this) {
      case AND, EQUAL, GREATER, GREATER_OR_EQUAL, IS_INF, IS_NAN, LESS, LESS_OR_EQUAL, NOT, OR ->
          true;
      case TRUTH, XOR -> true;
      default -> false;
    };
  }

  /**
   * The same for whole numbers.
   *
   * @throws ArithmeticException if it divides by zero
   */
  long ofLongs(long x, long y, long z) {
    return switch (this) {
      case ABS -> Math.abs(x);
      case ADD -> x + y;
      case AND -> x != 0 && y != 0 ? 1 : 0;
      case CEIL, FLOOR, IDENTITY, ROUND, TRUNCATE -> x;
      case DIV -> x / y;
      case EQUAL -> x == y ? 1 : 0;
      case FMOD -> x % y;
      case GREATER -> x > y ? 1 : 0;
      case GREATER_OR_EQUAL -> x >= y ? 1 : 0;
      case LESS -> x < y ? 1 : 0;
      case LESS_OR_EQUAL -> x <= y ? 1 : 0;
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      case MOD -> Math.floorMod(x, y);
      case MUL -> x * y;
      case NEG -> -x;
      case NOT -> x == 0 ? 1 : 0;
      case OR -> x != 0 || y != 0 ? 1 : 0;
      case RELU -> Math.max(x, 0);
      case SIGN -> Long.signum(x);
      case SUB -> x - y;
      case TRUTH -> x != 0 ? 1 : 0;
      case WHERE -> x != 0 ? y : z;
      case XOR -> x != 0 ^ y != 0 ? 1 : 0;
      default -> (long) function.of(x, y, z, 0, 0);
    };
  }

  static PointOp named(String name) {
    for (PointOp op : values()) {
      if (op.toString().equals(name)) {
        return op;
      }
    }
    throw new IllegalArgumentException("there is no function of elements called '" + name + "'");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static float truth(boolean is) {
    return is ? 1 : 0;
  }

  private static float square(float x) {
    return x * x;
  }

  private static float sin(float x) {
    return (float) StrictMath.sin(x);
  }

  private static float pow(float x, float y) {
    return y == 2 ? x * x : y == 0.5f ? (float) Math.sqrt(x) : (float) StrictMath.pow(x, y);
  }

  private static float mod(float x, float y) {
    float rest = x % y;
    return rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
  }

  private static float swishSlope(float x, float a) {
    double s = 1 / (1 + StrictMath.exp(-(double) a * x));
    return (float) (s + a * x * s * (1 - s));
  }

  private static double asinh(double x) {
    double magnitude = Math.abs(x);
    return Math.copySign(
        StrictMath.log1p(magnitude + magnitude * magnitude / (1 + Math.sqrt(x * x + 1))), x);
  }

  private static double acosh(double x) {
    return StrictMath.log(x + Math.sqrt(x * x - 1));
  }

  private static double atanh(double x) {
    return 0.5 * StrictMath.log1p(2 * x / (1 - x));
  }
}
