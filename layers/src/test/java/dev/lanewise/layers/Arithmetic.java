// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Computes what a document writes: sums and products of numbers and of elements of tensors. */
final class Arithmetic {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\\d+(?:\\.\\d+)?|\\w+\\[[\\d,]+]|[-+*/()])\\s*");

  private final ToDoubleFunction<String> elements;
  private final Matcher rest;
  private String token; // null: the end

  private Arithmetic(String expression, ToDoubleFunction<String> elements) {
    this.elements = elements;
    rest = TOKEN.matcher(expression);
    next();
  }

  /**
   * The value of an expression.
   *
   * @param elements says what {@code dx[2,3,0]} is
   * @return empty if it is anything else than + - * / ( ), numbers and elements
   */
  static Optional<Double> value(String expression, ToDoubleFunction<String> elements) {
    try {
      Arithmetic arithmetic = new Arithmetic(expression, elements);
      double value = arithmetic.sum();
      return arithmetic.token == null ? Optional.of(value) : Optional.empty();
    } catch (NumberFormatException notArithmetic) {
      return Optional.empty();
    }
  }

  private void next() {
    if (rest.regionStart() == rest.regionEnd()) {
      token = null;
    } else if (rest.lookingAt()) {
      token = rest.group(1);
      rest.region(rest.end(), rest.regionEnd());
    } else {
      throw new NumberFormatException();
    }
  }

  private boolean take(String wanted) {
    if (!wanted.equals(token)) {
      return false;
    }
    next();
    return true;
  }

  private double sum() {
    double sum = product();
    while (true) {
      if (take("+")) {
        sum += product();
      } else if (take("-")) {
        sum -= product();
      } else {
        return sum;
      }
    }
  }

  private double product() {
    double product = factor();
    while (true) {
      if (take("*")) {
        product *= factor();
      } else if (take("/")) {
        product /= factor();
      } else {
        return product;
      }
    }
  }

  private double factor() {
    if (take("-")) {
      return -factor();
    }
    if (take("(")) {
      double sum = sum();
      if (!take(")")) {
        throw new NumberFormatException();
      }
      return sum;
    }
    if (token == null) {
      throw new NumberFormatException();
    }
    double value = token.endsWith("]") ? elements.applyAsDouble(token) : Double.parseDouble(token);
    next();
    return value;
  }
}
