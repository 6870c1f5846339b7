package dev.lanewise.engine;

import java.util.Arrays;

/** Argument checks of the facades. Each message names the argument, its value and the bound. */
final class Check {
  private Check() {}

  static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }

  static void notNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
  }

  static void atMost(String name, int value, int limit) {
    if (value < 0 || value > limit) {
      throw new IllegalArgumentException(
          name + " must be from 0 to " + limit + ", but is " + value);
    }
  }

  /** The product of non-negative factors, which must be an int. */
  static int intProduct(String name, long... factors) {
    long product = 1;
    for (long factor : factors) {
      if (factor > Integer.MAX_VALUE || (product *= factor) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            name + " is too large: " + Arrays.toString(factors) + " exceed 2^31 - 1");
      }
    }
    return (int) product;
  }

  /** The sum of non-negative terms, which must be an int. */
  static int intSum(String name, long... terms) {
    return intProduct(name, Arrays.stream(terms).sum());
  }

  /** The elements {@code offset} to {@code offset + size - 1} must exist. */
  static void range(String name, int length, int offset, long size) {
    if (offset < 0 || offset + size > length) {
      throw new IllegalArgumentException(
          name
              + " needs "
              + size
              + " elements from offset "
              + offset
              + ", but its array has "
              + length);
    }
  }

  /** Two ranges must not share an element. */
  static void disjoint(
      String outName,
      Object out,
      int outOffset,
      long outSize,
      String inName,
      Object in,
      int inOffset,
      long inSize) {
    if (out == in
        && outSize > 0
        && inSize > 0
        && outOffset < inOffset + inSize
        && inOffset < outOffset + outSize) {
      throw new IllegalArgumentException(
          outName
              + " (elements "
              + outOffset
              + " to "
              + (outOffset + outSize - 1)
              + ") overlaps "
              + inName
              + " (elements "
              + inOffset
              + " to "
              + (inOffset + inSize - 1)
              + ") in the same array");
    }
  }
}
