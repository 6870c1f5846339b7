// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Locale;

/** What is made of several elements, in double precision. */
enum ReduceOp {
  /** The index of the largest, the first of them; not a number is larger than any. */
  ARG_MAX,
  /** The same, the last of them. */
  ARG_MAX_LAST,
  ARG_MIN,
  ARG_MIN_LAST,
  L1,
  L2,
  LOG_SUM,
  LOG_SUM_EXP,
  MAX,
  MEAN,
  MIN,
  PROD,
  SUM,
  SUM_SQUARE;

  boolean isIndex() {
    return this == ARG_MAX || this == ARG_MAX_LAST || this == ARG_MIN || this == ARG_MIN_LAST;
  }

  boolean hasBackward() {
    return !isIndex() && this != PROD;
  }

  /**
   * Reduces elements in the order of their offsets.
   *
   * @param data has the elements
   * @param first where the offsets begin
   * @param offsets of the elements; at least one
   */
  double of(float[] data, int first, int[] offsets) {
    return switch (this) {
      case ARG_MAX, ARG_MAX_LAST, ARG_MIN, ARG_MIN_LAST -> index(data, first, offsets);
      case MAX, MIN -> data[first + offsets[index(data, first, offsets)]];
      case LOG_SUM_EXP -> logSumExp(data, first, offsets);
      case PROD -> product(data, first, offsets);
      case L2 -> Math.sqrt(SUM_SQUARE.sum(data, first, offsets));
      case LOG_SUM -> StrictMath.log(SUM.sum(data, first, offsets));
      case MEAN -> SUM.sum(data, first, offsets) / offsets.length;
      case L1, SUM, SUM_SQUARE -> sum(data, first, offsets);
    };
  }

  private double sum(float[] data, int first, int[] offsets) {
    double sum = 0;
    for (int offset : offsets) {
      double x = data[first + offset];
      sum += this == SUM ? x : this == L1 ? Math.abs(x) : x * x;
    }
    return sum;
  }

  private static double product(float[] data, int first, int[] offsets) {
    double product = 1;
    for (int offset : offsets) {
      product *= data[first + offset];
    }
    return product;
  }

  private static double logSumExp(float[] data, int first, int[] offsets) {
    double most = MAX.of(data, first, offsets);
    if (Double.isInfinite(most)) {
      return most;
    }
    double sum = 0;
    for (int offset : offsets) {
      sum += StrictMath.exp(data[first + offset] - most);
    }
    return most + StrictMath.log(sum);
  }

  /** Which offset has the largest or the smallest element. */
  int index(float[] data, int first, int[] offsets) {
    boolean largest = this == MAX || this == ARG_MAX || this == ARG_MAX_LAST;
    boolean last = this == ARG_MAX_LAST || this == ARG_MIN_LAST;
    int best = 0;
    for (int i = 1; i < offsets.length; i++) {
      float x = data[first + offsets[i]];
      float most = data[first + offsets[best]];
      boolean better = largest ? x > most : x < most;
      if (better || last && x == most || x != x && most == most) {
        best = i;
      }
    }
    return best;
  }

  /**
   * The derivative of the result y with respect to one element x.
   *
   * @param count how many elements there are
   */
  double slope(float x, float y, int count) {
    return switch (this) {
      case L1 -> Math.signum(x);
      case L2 -> y == 0 ? 0 : x / y;
      case LOG_SUM -> StrictMath.exp(-y);
      case LOG_SUM_EXP -> StrictMath.exp((double) x - y);
      case MEAN -> 1.0 / count;
      case SUM -> 1;
      case SUM_SQUARE -> 2 * x;
      default -> throw new UnsupportedOperationException(this + " has no derivative");
    };
  }

  static ReduceOp named(String name) {
    for (ReduceOp op : values()) {
      if (op.toString().equals(name)) {
        return op;
      }
    }
    throw new IllegalArgumentException("there is no reduction called '" + name + "'");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
