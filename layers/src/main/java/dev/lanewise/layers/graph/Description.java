// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a layer is: its kind, and the attributes that tell it from others of its kind. From this
 * come {@code toString}, the summary and the model file. Immutable.
 *
 * @param kind the kind, in lower case, such as {@code conv2d}; a layer of your own should have a
 *     kind with a dot, such as {@code acme.swish}
 * @param attributes values by name, in the order in which they are shown: {@link Integer}, {@link
 *     Long}, {@link Double}, {@link Boolean}, {@link String} or a list of {@link Integer}
 */
public record Description(String kind, Map<String, Object> attributes) {
  /**
   * Takes over the present attributes.
   *
   * @throws IllegalArgumentException if an attribute is of another type
   */
  public Description {
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    attributes.forEach(Description::requireStorable);
  }

  /**
   * A kind without attributes.
   *
   * @param kind the kind
   * @return its description
   */
  public static Description of(String kind) {
    return new Description(kind, Map.of());
  }

  /**
   * This description with one more attribute.
   *
   * @param name the name
   * @param value the value
   * @return the new description
   */
  public Description with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(attributes);
    more.put(name, value);
    return new Description(kind, more);
  }

  /**
   * This description with one more attribute, unless it has the value that goes without saying.
   *
   * @param name the name
   * @param value the value
   * @param usual the value that is left out
   * @return the new description, or this one
   */
  public Description with(String name, Object value, Object usual) {
    return value.equals(usual) ? this : with(name, value);
  }

  private static void requireStorable(String name, Object value) {
    boolean list = value instanceof List<?> l && l.stream().allMatch(Integer.class::isInstance);
    if (!list
        && !(value instanceof Integer)
        && !(value instanceof Long)
        && !(value instanceof Double)
        && !(value instanceof Boolean)
        && !(value instanceof String)) {
      throw new IllegalArgumentException(
          "attribute "
              + name
              + " must be a number, a text, a truth value or whole numbers, but is "
              + value);
    }
  }

  /**
   * A whole number.
   *
   * @param name of the attribute
   * @return its value
   * @throws IllegalArgumentException if there is none, or it is not one of {@code int}
   */
  public int integer(String name) {
    return get(name, Integer.class, "a whole number");
  }

  /**
   * A whole number, or the one that goes without saying.
   *
   * @param name of the attribute
   * @param usual what is meant where it is missing
   * @return its value
   * @throws IllegalArgumentException if it is of another type
   */
  public int integer(String name, int usual) {
    return attributes.containsKey(name) ? integer(name) : usual;
  }

  /**
   * A number.
   *
   * @param name of the attribute
   * @param usual what is meant where it is missing
   * @return its value
   * @throws IllegalArgumentException if it is of another type
   */
  public double number(String name, double usual) {
    return attributes.containsKey(name) ? get(name, Number.class, "a number").doubleValue() : usual;
  }

  /**
   * A truth value.
   *
   * @param name of the attribute
   * @param usual what is meant where it is missing
   * @return its value
   * @throws IllegalArgumentException if it is of another type
   */
  public boolean flag(String name, boolean usual) {
    return attributes.containsKey(name) ? get(name, Boolean.class, "true or false") : usual;
  }

  /**
   * A text.
   *
   * @param name of the attribute
   * @param usual what is meant where it is missing
   * @return its value
   * @throws IllegalArgumentException if it is of another type
   */
  public String text(String name, String usual) {
    return attributes.containsKey(name) ? get(name, String.class, "a text") : usual;
  }

  /**
   * Whole numbers.
   *
   * @param name of the attribute
   * @param usual what is meant where it is missing
   * @return a new array
   * @throws IllegalArgumentException if there are more or fewer than usual, or they are of another
   *     type
   */
  public int[] integers(String name, int... usual) {
    if (!attributes.containsKey(name)) {
      return usual.clone();
    }
    List<?> values = get(name, List.class, "a list of whole numbers");
    if (values.size() != usual.length) {
      throw new IllegalArgumentException(
          kind
              + ": attribute "
              + name
              + " has "
              + values.size()
              + " numbers, expected "
              + usual.length);
    }
    return values.stream().mapToInt(value -> (Integer) value).toArray();
  }

  private <T> T get(String name, Class<T> type, String expected) {
    Object value = attributes.get(name);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          kind + ": attribute " + name + " is " + value + ", expected " + expected);
    }
    return type.cast(value);
  }

  /** Such as {@code conv2d(channels=32, kernel=[3, 3])}. */
  @Override
  public String toString() {
    if (attributes.isEmpty()) {
      return kind;
    }
    StringBuilder text = new StringBuilder(kind).append('(');
    attributes.forEach(
        (name, value) ->
            text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ")
                .append(name)
                .append('=')
                .append(value));
    return text.append(')').toString();
  }
}
