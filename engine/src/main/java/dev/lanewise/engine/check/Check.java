// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.check;

import java.util.Arrays;

/** Checks of numbers. Each message names the number, its value and the bound. */
public final class Check {
  private Check() {}

  public static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }

  public static void notNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
  }

  public static void atMost(String name, int value, int limit) {
    if (value < 0 || value > limit) {
      throw new IllegalArgumentException(
          name + " must be from 0 to " + limit + ", but is " + value);
    }
  }

  /** The product of non-negative factors, which must be an int. */
  public static int intProduct(String name, long... factors) {
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
  public static int intSum(String name, long... terms) {
    return intProduct(name, Arrays.stream(terms).sum());
  }
}
